import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Namespace } from './netns.ts';
import { freePort } from './ports.ts';

/** The built program. */
export const program = fileURLToPath(new URL('../../bin/bedrud.js', import.meta.url));

/** A folder with a configuration, and one for temporary files that is looked at afterwards. */
export interface Place {
  cwd: string;
  tmp: string;
  env: Record<string, string>;
  /** Where its programs run; this host's own network when there is none. */
  namespace?: Namespace;
}

export async function makePlace(env: Record<string, string> = {}): Promise<Place> {
  const cwd = await mkdtemp(join(tmpdir(), 'bedrud-serve-'));
  const tmp = join(cwd, 'tmp');
  await mkdir(tmp);
  return { cwd, tmp, env: { PATH: process.env['PATH'] ?? '', TMPDIR: tmp, HOME: cwd, ...env } };
}

function command({ namespace }: Place, argv: string[]): [program: string, args: string[]] {
  const args = [program, ...argv];
  return namespace ? ['ip', namespace.command(process.execPath, args)] : [process.execPath, args];
}

/** Runs the built program to its end. A status other than 0 is no error. */
export function bedrud(
  place: Place,
  ...argv: string[]
): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(...command(place, argv), place, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/**
 * What `bedrud init --yes` writes, moved to free ports of loopback.
 * @param more `livekit`, `server`: more lines for these; `address`: where it listens and what clients are told, instead of loopback
 * @returns the port of the API and the secret that signs access tokens
 */
export async function initialise(
  place: Place,
  more: { livekit?: string; server?: string; tls?: boolean; port?: number; address?: string } = {},
) {
  const address = more.address ?? '127.0.0.1';
  const port = more.port ?? (await freePort());
  const [sfu, tcp, udp] = [await freePort(), await freePort(), await freePort()];
  const { status, stderr } = await bedrud(
    place,
    'init',
    '--yes',
    '--port',
    String(port),
    '--node-ip',
    address,
  );
  if (status !== 0) throw new Error(stderr);
  const file = join(place.cwd, 'config.yaml');
  const text = await readFile(file, 'utf8');
  const media = `rtc: {tcpPort: ${tcp}, udpPort: ${udp}}`;
  const edited = text
    .replace(/^( +)port: 7880.*$/m, `$1port: ${sfu}\n$1${media}${more.livekit ? `\n$1${more.livekit}` : ''}`)
    .replace(/^( +)host: 0\.0\.0\.0.*$/m, `$1host: ${address}${more.server ? `\n$1${more.server}` : ''}`);
  await writeFile(file, more.tls ? edited.replace('enableTLS: false', 'enableTLS: true') : edited);
  return { port, sfuPort: sfu, jwtSecret: text.match(/jwtSecret: "?([0-9a-f]+)/)?.[1] ?? '' };
}

export interface Serving {
  pid: number;
  url: string;
  /** The facts of `--json`. */
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into it
  facts: any;
  /** Lines of the log so far. */
  log(): Record<string, unknown>[];
  /** Of the livekit-server that runs now. */
  sfuPid(): number;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit status, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
  stderr(): string;
}

/** Starts `bedrud serve --json` and resolves once it is ready. @throws with its stderr when it isn't */
export async function serve(place: Place, ...argv: string[]): Promise<Serving> {
  const child = spawn(...command(place, ['serve', '--json', ...argv]), {
    ...place,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'));
  });
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (stdout.includes('\n')) resolve();
    });
  });
  await Promise.race([ready, ended]);
  const facts = stdout.startsWith('{') ? JSON.parse(stdout) : undefined;
  if (facts?.url === undefined) throw new Error(`serve did not start: ${stdout}${stderr}`);
  const log = () =>
    stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    pid: child.pid ?? 0,
    url: facts.url,
    facts,
    log,
    sfuPid: () => Number(log().findLast((record) => record['msg'] === 'livekit-server is ready')?.['pid']),
    kill: (signal) => void child.kill(signal),
    ended,
    stderr: () => stderr,
  };
}

/** What is left in the place's folder for temporary files. */
export function leftovers(place: Place): Promise<string[]> {
  return readdir(place.tmp);
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
