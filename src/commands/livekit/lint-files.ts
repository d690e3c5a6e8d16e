import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Outcome } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { failure } from '../../core/errors.ts';
import { readFileBytes } from '../../core/files.ts';
import type { Finding, Severity } from '../../core/finding.ts';
import { hostAddresses } from '../../livekit/addresses.ts';
import { lintCompose, looksLikeCompose } from '../../livekit/compose/index.ts';
import { lintEgress, looksLikeEgress } from '../../livekit/egress/lint.ts';
import { hostFiles } from '../../livekit/files.ts';
import { type LintOptions, lintLiveKit } from '../../livekit/lint.ts';
import { egressRules } from '../../livekit/rules/egress/index.ts';
import { liveKitRules } from '../../livekit/rules/index.ts';
import { maskSecrets } from '../../livekit/secrets.ts';
import { type Parsed, parseYaml } from '../../livekit/yaml/index.ts';

type Kind = 'livekit' | 'egress' | 'compose' | 'auto';

interface Row {
  file: string;
  version: string;
  verdict: 'starts' | 'rejects';
  /** The line with which the server would end. */
  message?: string;
  findings: Finding[];
}

interface Input {
  files: readonly string[];
  versions: readonly string[];
  /** Goes by the release in an image's tag, where a compose file has one. */
  preferImage: boolean;
  kind: Kind | undefined;
  failOn: Severity | 'never' | undefined;
}

/** Files read at a time. */
const readAhead = 16;

/** Lints every file for every version, in that order. */
export async function lintFiles(input: Input, context: Context): Promise<Outcome> {
  const files = await expand(input.files, context.cwd);
  const here = { files: hostFiles(context.cwd), addresses: hostAddresses, now: context.host.now() };
  const results: Row[] = [];
  const sources = new Map<string, string>();
  const kinds = new Set<Kind>();
  const notices = new Set<string>();
  for (let i = 0; i < files.length; i += readAhead) {
    const batch = files.slice(i, i + readAhead);
    const inputs = await Promise.all(batch.map((file) => read(file, context)));
    for (const [index, file] of batch.entries()) {
      const parsed = parseYaml(inputs[index] ?? '');
      sources.set(file, maskSecrets(parsed.text));
      const kind = input.kind === undefined || input.kind === 'auto' ? kindOf(parsed) : input.kind;
      kinds.add(kind);
      const rows = lintFile(file, parsed, kind, here, input);
      results.push(...rows);
      for (const row of rows) notices.add(verdictOf(row, kind));
    }
  }
  for (const notice of notices) context.notice(notice);
  return {
    data: { results },
    findings: results.flatMap(({ findings }) => findings),
    subjects: files,
    sources,
    rules: [
      ...(kinds.has('livekit') || kinds.has('compose') ? liveKitRules : []),
      ...(kinds.has('egress') || kinds.has('compose') ? egressRules : []),
    ],
    ...(input.failOn === undefined ? {} : { failOn: input.failOn }),
  };
}

/** In words. The egress service has releases of its own, which are not asked for. */
function verdictOf({ file, version, message }: Row, kind: Kind): string {
  const who = kind === 'egress' ? 'the egress service' : version;
  return `${file}: ${who} would ${message === undefined ? 'start with it' : `end: ${message}`}`;
}

function read(file: string, context: Context): Promise<string | Uint8Array> {
  return file === '-' ? context.readStdin() : readFileBytes(resolve(context.cwd, file));
}

function lintFile(
  file: string,
  parsed: Parsed,
  kind: Kind,
  here: Pick<LintOptions, 'files' | 'addresses' | 'now'>,
  { versions, preferImage }: Input,
): Row[] {
  return versions.map((asked) => {
    const result =
      kind === 'compose'
        ? lintCompose(parsed, { file, version: asked, now: here.now, preferImage })
        : {
            version: asked,
            ...(kind === 'egress' ? lintEgress : lintLiveKit)(parsed, { ...here, file, version: asked }),
          };
    const { version, verdict, findings, message } = result;
    return { file, version, verdict, ...(message === undefined ? {} : { message }), findings };
  });
}

function kindOf(parsed: Parsed): Kind {
  if (looksLikeCompose(parsed)) return 'compose';
  return looksLikeEgress(parsed) ? 'egress' : 'livekit';
}

/** Directories as the YAML files in them, in order. @throws Failure `input/no-yaml` */
async function expand(names: readonly string[], cwd: string): Promise<string[]> {
  const files: string[] = [];
  for (const name of names) {
    const isDirectory =
      name !== '-' && (await stat(resolve(cwd, name)).catch(() => undefined))?.isDirectory();
    if (!isDirectory) {
      files.push(name);
      continue;
    }
    const entries = await readdir(resolve(cwd, name), { withFileTypes: true });
    const found = entries.filter((entry) => !entry.isDirectory() && /\.ya?ml$/.test(entry.name));
    // In CI, a folder that was renamed must not pass.
    if (found.length === 0) throw failure('input/no-yaml', { folder: name });
    files.push(...found.map((entry) => join(name, entry.name)).sort());
  }
  return files;
}
