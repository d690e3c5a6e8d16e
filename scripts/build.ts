/** Bundles src/ into dist/, one chunk a command, so that starting the program reads only what was asked for. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

import { licencesOf } from './licenses.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const entry = 'src/main.ts';
const options = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  sourcemap: false,
  // Packages with a platform binary inside stay outside the bundle.
  external: ['libsql', '@livekit/rtc-node'],
  // CommonJS dependencies call require(), which ES modules don't have.
  banner: {
    js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
  },
  logLevel: 'warning',
} as const satisfies BuildOptions;

/**
 * The modules that go into main.js whole. Left to itself, esbuild makes a chunk for every set of commands that share
 * something, some twenty small files for any command, and a millisecond for each: a quarter of the time a short
 * command takes. So what starting needs anyway, and what is small and used everywhere, is kept together.
 */
async function commonModules(): Promise<Set<string>> {
  const { metafile } = await build({ ...options, entryPoints: [entry], write: false, metafile: true });
  const common = staticImports(metafile, entry);
  for (const name of readdirSync(join(root, 'src/core'), { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.ts')) common.add(`src/core/${name}`);
  }
  common.add('src/cli/parameters.ts');
  common.add('src/sfu/tokens.ts').add('src/sfu/grants.ts');
  common.add('src/commands/shared/connection.ts').add('src/commands/shared/permissions.ts');
  common.add('src/livekit/versions.ts').add('src/commands/shared/livekit-version.ts');
  return common;
}

/**
 * Linting, in one file as well: hooks and editors start it for one file at a time. What it shares with other commands
 * is in the build twice, which matters to nobody: a process runs one of them, and shared state is main.js's.
 */
const linting = 'src/commands/livekit/lint-files.ts';

/** Our own modules that loading `from` loads. */
function staticImports({ inputs }: Metafile, from: string, found = new Set<string>()): Set<string> {
  found.add(from);
  for (const { path, kind } of inputs[from]?.imports ?? []) {
    if (kind === 'import-statement' && /^src\/.*\.ts$/.test(path) && !found.has(path)) {
      staticImports({ inputs } as Metafile, path, found);
    }
  }
  return found;
}

/** Has modules outside of `common` import what is in it from main.js, which is loaded already. */
function fromMain(common: Set<string>): Plugin {
  return {
    name: 'from-main',
    setup({ onResolve }) {
      onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, importer, resolveDir }) => {
        const target = relative(root, join(resolveDir, path));
        const from = relative(root, importer);
        const outside = from.startsWith('src/') && !common.has(from);
        if (outside && target === linting) return { path: './lint-files.js', external: true };
        return outside && common.has(target) ? { path: './main.js', external: true } : undefined;
      });
    },
  };
}

/**
 * commander loads node:child_process at once, for subcommands that are programs of their own. There are none here,
 * so it is loaded when one is started: 3 ms of a start that has 40.
 */
const childProcessLater: Plugin = {
  name: 'child-process-later',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('/node_modules/commander/') ? { path: 'spawn', namespace: 'later' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'later' }, () => ({
      contents: "exports.spawn = (...args) => require('node:child_process').spawn(...args);",
    }));
  },
};

/**
 * What Fastify holds ready and never loads here: compilers of schemas, since src/server/validation.ts brings its own,
 * and requests that tests inject. They are half of the server's code, and reading them a tenth of its start.
 */
const leaveOut: Plugin = {
  name: 'leave-out',
  setup({ onResolve, onLoad }) {
    const packages = /^(@fastify\/(ajv-compiler|fast-json-stringify-compiler)|light-my-request)$/;
    onResolve({ filter: packages }, ({ path, importer }) =>
      importer.includes('/node_modules/fastify/') ? { path, namespace: 'left-out' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: '' }));
  },
};

/**
 * OpenTelemetry's packages are there in two forms. esbuild takes CommonJS, of which it can leave nothing out; of the
 * other a quarter is needed.
 */
const openTelemetryAsModules: Plugin = {
  name: 'open-telemetry-as-modules',
  setup({ onResolve }) {
    onResolve({ filter: /^@opentelemetry\/[\w-]+$/ }, ({ path }) => {
      const folder = join(root, 'node_modules', path);
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
      const { module, exports } = manifest;
      return module && !exports ? { path: join(folder, module), sideEffects: false } : undefined;
    });
  },
};

interface Manifest {
  module?: string;
  exports?: unknown;
}

/** main.js exports what its modules export; two of one name would hide each other. */
function requireUniqueExports(common: Set<string>): void {
  const owners = new Map<string, string>();
  for (const file of common) {
    const source = readFileSync(join(root, file), 'utf8');
    for (const [, name = ''] of source.matchAll(/^export (?:async )?(?:function\*?|const|class) (\w+)/gm)) {
      const owner = owners.get(name);
      if (owner)
        throw new Error(`${owner} and ${file} both export ${name}: rename one, as both go into main.js`);
      owners.set(name, file);
    }
  }
}

const common = await commonModules();
requireUniqueExports(common);
await rm(`${root}dist`, { recursive: true, force: true });
const program = await build({
  ...options,
  metafile: true,
  stdin: {
    contents: [...common].map((file) => `export * from './${file}';`).join('\n'),
    resolveDir: root,
    sourcefile: 'main.ts',
    loader: 'ts',
  },
  entryNames: 'main',
  plugins: [fromMain(common), childProcessLater, leaveOut, openTelemetryAsModules],
});
// The one other program: doctor --media starts it.
await build({
  ...options,
  splitting: false,
  entryPoints: { 'media-caller': 'src/doctor/probes/media/caller.ts' },
});
const lint = await build({
  ...options,
  metafile: true,
  splitting: false,
  entryPoints: [linting],
  plugins: [fromMain(common)],
});
const inputs = { ...program.metafile.inputs, ...lint.metafile.inputs };
writeFileSync(join(root, 'dist/THIRD-PARTY-LICENSES.txt'), licencesOf({ ...program.metafile, inputs }, root));
