/** A client and a server on a network of their own, what runs there, and the built program to look at it. */
import { type ChildProcess, execFile } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Finding } from '../../src/core/finding.ts';
import type { Diagnosis } from '../../src/doctor/index.ts';
import { config, key, secret } from '../doctor/recreate.ts';
import { findProgram } from './needs.ts';
import { makeNetwork, type Namespace } from './netns.ts';
import { until } from './poll.ts';

const program = fileURLToPath(new URL('../../bin/bedrud.js', import.meta.url));

/** For meet.example.com and *.turn.example.com; doctor trusts it in a scene. */
export const certificate = { certFile: fixture('meet.pem'), keyFile: fixture('meet.key') };
export const otherCertificate = { certFile: fixture('other.pem'), keyFile: fixture('other.key') };

/** Addresses that are nobody's, and public all the same as far as LiveKit and bedrud can tell; those behind NAT are private. */
export const at = {
  client: '203.0.113.2',
  server: '203.0.113.1',
  behindNat: '10.77.0.2',
  gateway: '10.77.0.1',
};

function fixture(name: string): string {
  const file = fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));
  // Of a key too; git keeps no such modes.
  chmodSync(file, 0o600);
  return file;
}

export interface Running {
  child: ChildProcess;
  /** Both streams, as far as they came. */
  output(): string;
  ended: Promise<unknown>;
}

export interface Diagnosed {
  status: unknown;
  /** The findings of one check. */
  of(id: string): Finding[];
  /** The ids of the checks that found nothing. */
  passed: string[];
  /** All findings at warning or above. */
  alarms(): Finding[];
}

interface SceneOptions {
  nat?: boolean;
  ends?: { client: string; server: string };
}

export interface Scene {
  client: Namespace;
  server: Namespace;
  directory: string;
  start(where: Namespace, name: string, args: readonly string[]): Running;
  /** livekit-server at 7880, 7881 and 50000 to 50200. @param more further sections of its file */
  startLiveKit(more?: { rtc?: object } & Record<string, object>): Promise<void>;
  /** Waits until something listens at the server's `port`. */
  listening(port: number, running: Running): Promise<void>;
  /** `bedrud doctor --json` inside `where`, in a directory with `files`. */
  doctor(where: Namespace, files: Record<string, string>, ...args: string[]): Promise<Diagnosed>;
}

/**
 * @param nat the server is behind a router that forwards every port of `at.server` to it
 * @param ends the addresses of the two without one
 */
export async function makeScene({ nat = false, ends = at }: SceneOptions = {}): Promise<Scene> {
  const directory = await mkdtemp(join(tmpdir(), 'bedrud-scene-'));
  const network = makeNetwork();
  const started: Running[] = [];
  onTestFinished(async () => {
    for (const { child, ended } of started) {
      child.kill('SIGKILL');
      await ended;
    }
    network.close();
    await rm(directory, { recursive: true });
  });
  const client = network.add('client', { 'meet.example.com': at.server });
  const server = network.add('server');
  if (nat) {
    network.add('router');
    network.link(['client', at.client], ['router', at.server]);
    network.link(['router', at.gateway], ['server', at.behindNat]);
    network.ip('server', 'route', 'add', 'default', 'via', at.gateway);
    network.forward('router', at.server, at.behindNat);
  } else {
    network.link(['client', ends.client], ['server', ends.server]);
  }

  const scene: Scene = {
    client,
    server,
    directory,
    start(where, name, args) {
      const child = where.start(findProgram(name) ?? name, args, { cwd: directory });
      let output = '';
      const take = (chunk: Buffer) => {
        output += chunk;
      };
      child.stdout?.on('data', take);
      child.stderr?.on('data', take);
      const ended = new Promise((resolve) => child.once('exit', resolve));
      const running = { child, output: () => output, ended };
      started.push(running);
      return running;
    },
    async startLiveKit({ rtc, ...sections } = {}) {
      await writeFile(join(directory, 'running.yaml'), JSON.stringify({ ...liveKitFile(rtc), ...sections }));
      const running = scene.start(server, 'livekit-server', ['--config', 'running.yaml']);
      await scene.listening(7880, running);
    },
    async listening(port, { output }) {
      const connect = server.command('bash', ['-c', `exec 3<>/dev/tcp/127.0.0.1/${port}`]);
      const succeeds = () =>
        new Promise<boolean>((resolve) => execFile('ip', connect, (error) => resolve(error === null)));
      await until(`port ${port} is open`, succeeds, 15_000).catch((error) => {
        throw new Error(`${error.message}: ${output()}`);
      });
    },
    async doctor(where, files, ...args) {
      for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
      const command = where.command(process.execPath, [program, 'doctor', '--json', ...args]);
      const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificate.certFile };
      const options = { cwd: directory, env, maxBuffer: 2 ** 24 };
      const { stdout, status } = await new Promise<{ stdout: string; status: unknown }>((resolve) =>
        execFile('ip', command, options, (error, out) =>
          resolve({ stdout: out, status: error === null ? 0 : error.code }),
        ),
      );
      const { checks } = JSON.parse(stdout) as Diagnosis;
      return {
        status,
        passed: checks.flatMap(({ id, status: result }) => (result === 'pass' ? [id] : [])),
        of: (id) => checks.find((check) => check.id === id)?.findings ?? [],
        alarms: () =>
          checks
            // The release is the one that the suite was given.
            .filter(({ id }) => !id.startsWith('version/'))
            .flatMap(({ findings }) => findings.filter(({ severity }) => severity !== 'info')),
      };
    },
  };
  return scene;
}

/** The least that LiveKit needs to take calls at `at.server`. */
export function liveKitFile(rtc: object = {}) {
  const media = { node_ip: at.server, tcp_port: 7881, port_range_start: 50_000, port_range_end: 50_200 };
  return { port: 7880, keys: { [key]: secret }, rtc: { ...media, ...rtc } };
}

/** config.yaml for that LiveKit, seen from outside. */
export function externalConfig(url = `http://${at.server}:7880`): Record<string, string> {
  const livekit = `external: true\ninternalHost: ${url}\nhost: ${url.replace('http', 'ws')}`;
  return { 'config.yaml': config({ livekit }).replace('  nodeIP: 192.0.2.7\n', '') };
}
