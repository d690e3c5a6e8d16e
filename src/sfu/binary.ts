/** Finds livekit-server on this host, and says plainly why one that is there can't be run. */
import { type ExecFileException, execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { failure, reasonOf, systemCode } from '../core/errors.ts';
import { cacheDirectory } from './cache.ts';
import { cleanEnvironment } from './child-environment.ts';
import { beginsScript, headerSize, whyNotRunnable } from './program-file.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface FoundBinary {
  /** Absolute. */
  path: string;
  source: 'LIVEKIT_SERVER_BIN' | 'livekit.binary' | 'PATH' | 'cache';
}

const installHint = 'run `bedrud livekit install`, or set livekit.binary to the path of livekit-server';
/** No livekit-server takes as long to say its version. */
const versionTimeoutMs = 5_000;

/**
 * The livekit-server to run: LIVEKIT_SERVER_BIN, then livekit.binary, then PATH, then bedrud's cache (its newest,
 * or `version`). The first that is named or found counts: one that can't be run is a failure, not a reason to
 * look on, since the operator meant that one.
 * @throws Failure `sfu/binary-missing`
 */
export async function findBinary(options: {
  /** livekit.binary. */
  configured?: string | undefined;
  env: Env;
  /** What a relative path starts from. */
  cwd?: string;
  /** Default: {@link cacheDirectory}. */
  cacheDir?: string;
  /** The release wanted from the cache: `1.13.5`, or `1.13` for its newest. */
  version?: string | undefined;
}): Promise<FoundBinary | undefined> {
  const { env, configured, cwd = process.cwd() } = options;
  const fromEnv = env['LIVEKIT_SERVER_BIN'];
  if (fromEnv) return usable({ path: resolve(cwd, fromEnv), source: 'LIVEKIT_SERVER_BIN' });
  if (configured) return usable({ path: resolve(cwd, configured), source: 'livekit.binary' });
  const onPath = await searchPath(env['PATH'] ?? '');
  if (onPath) return usable({ path: onPath, source: 'PATH' });
  const cached = await newestCached(options.cacheDir ?? cacheDirectory(env), options.version);
  return cached === undefined ? undefined : usable({ path: cached, source: 'cache' });
}

/**
 * As {@link findBinary}, for who can't go on without.
 * @throws Failure `sfu/binary-missing` also when there is none
 */
export async function requireBinary(options: Parameters<typeof findBinary>[0]): Promise<FoundBinary> {
  const found = await findBinary(options);
  if (found) return found;
  throw failure('sfu/binary-missing', {
    problem: 'livekit-server is neither configured, nor on PATH, nor in the cache',
    hint: installHint,
  });
}

/**
 * The version that a binary gives itself, `1.13.5`.
 * @throws Failure `sfu/binary-missing` when it doesn't answer as livekit-server does
 */
export async function binaryVersion(path: string): Promise<string> {
  const { error, stdout, stderr } = await askVersion(path);
  const version = stdout.match(/\blivekit-server\S* version v?(\d+\.\d+\.\d+)/)?.[1];
  if (version) return version;
  const said = error?.killed
    ? `gave no answer within ${versionTimeoutMs / 1000}s`
    : (stdout || stderr || error?.message || 'nothing').split('\n', 1)[0];
  throw failure('sfu/binary-missing', {
    problem: `${path} is not livekit-server: asked for --version, it said: ${said}`,
    hint: installHint,
  });
}

function askVersion(
  path: string,
): Promise<{ error: ExecFileException | null; stdout: string; stderr: string }> {
  const options = {
    env: cleanEnvironment(process.env).env,
    timeout: versionTimeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: 64 * 1024,
  } as const;
  return new Promise((resolve) => {
    const child = execFile(path, ['--version'], options, (error, stdout, stderr) =>
      resolve({ error, stdout, stderr }),
    );
    child.stdin?.end();
  });
}

/**
 * Why the file at `path` can't be run here, told from its metadata and first bytes without running it.
 * @throws Failure `sfu/binary-missing`
 */
export async function checkBinary(path: string): Promise<void> {
  const cannot = (what: string, hint = installHint) =>
    failure('sfu/binary-missing', { problem: `${path} ${what}`, hint });
  const facts = await stat(path).catch((error: unknown) => {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') throw cannot('does not exist');
    throw cannot(`cannot be looked at: ${reasonOf(error)}`, 'give this user access to its folder');
  });
  if (facts.isDirectory()) {
    throw cannot('is a directory', `name the file in it: ${join(path, 'livekit-server')}`);
  }
  if (!facts.isFile()) throw cannot('is not a regular file');
  if (facts.size === 0) throw cannot('is empty');
  const executable = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!executable) {
    const mount = (facts.mode & 0o111) === 0 ? undefined : await noexecMount(path);
    if (mount) {
      throw cannot(
        `lies on ${mount}, which is mounted noexec`,
        'move it to a file system that allows programs, or mount that one with exec',
      );
    }
    throw cannot('is not executable for this user', `chmod +x ${path}`);
  }
  const why = whyNotRunnable(await readHeader(path), facts.size, process);
  if (why) throw cannot(why);
}

async function usable(found: FoundBinary): Promise<FoundBinary> {
  await checkBinary(found.path);
  return found;
}

/** The first executable livekit-server on PATH, as a shell would pick it. */
async function searchPath(path: string): Promise<string | undefined> {
  for (const directory of path.split(delimiter).filter(isAbsolute)) {
    const candidate = join(directory, 'livekit-server');
    const there = await stat(candidate).catch(() => undefined);
    if (there?.isFile() && (there.mode & 0o111) !== 0) return candidate;
  }
  return undefined;
}

/** Where the cache keeps a release. */
export function cachedBinary(cacheDir: string, version: string): string {
  return join(cacheDir, 'livekit-server', version, 'livekit-server');
}

async function newestCached(cacheDir: string, wanted: string | undefined): Promise<string | undefined> {
  const versions = await readdir(join(cacheDir, 'livekit-server')).catch(() => []);
  const prefix = wanted === undefined ? '' : `${wanted.replace(/^v/, '')}.`;
  const newestFirst = versions
    .filter((name) => /^\d+\.\d+\.\d+$/.test(name) && `${name}.`.startsWith(prefix))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  for (const version of newestFirst) {
    const file = cachedBinary(cacheDir, version);
    if (await stat(file).catch(() => undefined)) return file;
  }
  return undefined;
}

/** Does the file at `path` name its interpreter? */
export async function isScript(path: string): Promise<boolean> {
  return beginsScript(await readHeader(path));
}

async function readHeader(path: string): Promise<Buffer> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    // A program may be executable and not readable; then only running it will tell.
    if (systemCode(error) === 'EACCES') return undefined;
    throw error;
  });
  if (handle === undefined) return Buffer.from('#!');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headerSize), 0, headerSize, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The mount point that holds `path` when it is mounted noexec (Linux), otherwise undefined. */
async function noexecMount(path: string): Promise<string | undefined> {
  const mounts = await readFile('/proc/self/mounts', 'utf8').catch(() => '');
  const real = await realpath(path);
  let holder = { point: '', options: '' };
  for (const line of mounts.split('\n')) {
    const [, escaped = '', , options = ''] = line.split(' ');
    const point = escaped.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(parseInt(octal, 8)),
    );
    const holds = point === '/' || real === point || real.startsWith(`${point}/`);
    // Later lines are mounted over earlier ones.
    if (point !== '' && holds && point.length >= holder.point.length) holder = { point, options };
  }
  return holder.options.split(',').includes('noexec') ? holder.point : undefined;
}
