/** Ways to keep livekit-server from starting, and what it prints then. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareVersions } from '../../src/livekit/versions.ts';
import { freePort } from './ports.ts';

export interface Failing {
  name: string;
  /** What {@link classifyStartFailure} should make of it. */
  id: string;
  /** Appended to a file that would start; `{dir}` is a directory of its own, `{busy}` a TCP port in use. */
  yaml?: string;
  /** The whole file instead. */
  file?: string;
  env?: Record<string, string>;
  args?: string[];
  /** The first release that fails this way, and the last. */
  since?: string;
  until?: string;
}

const certificate = fileURLToPath(new URL('../fixtures/tls/meet.pem', import.meta.url));
const key = fileURLToPath(new URL('../fixtures/tls/meet.key', import.meta.url));
const otherKey = fileURLToPath(new URL('../fixtures/tls/other.key', import.meta.url));

export const failing: readonly Failing[] = [
  { name: 'tls section', id: 'livekit/tls-removed', yaml: 'tls: {cert_file: a, key_file: b}' },
  { name: 'unknown key', id: 'livekit/unknown-key', yaml: 'dynacast: true' },
  { name: 'duplicate key', id: 'livekit/duplicate-key', yaml: 'port: 7900' },
  { name: 'wrong kind', id: 'livekit/wrong-kind', yaml: 'room: {empty_timeout: 60s}' },
  { name: 'keys without a space', id: 'livekit/wrong-kind', file: 'keys: key:secret' },
  { name: 'broken YAML', id: 'livekit/yaml-syntax', yaml: 'rtc: {' },
  { name: 'tab', id: 'livekit/yaml-syntax', yaml: 'room:\n\tempty_timeout: 5' },
  { name: 'only comments', id: 'livekit/yaml-empty', file: '# nothing\n' },
  {
    name: 'bad message',
    id: 'livekit/wrong-kind',
    yaml: 'room: {room_configurations: {a: {max_participants: x}}}',
    since: '1.7.1',
  },
  { name: 'no keys', id: 'keys/missing', file: 'port: {port}' },
  { name: 'key file missing', id: 'keys/file-missing', yaml: 'key_file: /nonexistent/keys' },
  { name: 'key file open to all', id: 'keys/file-mode', yaml: 'key_file: {dir}/keys-644' },
  {
    name: 'node_ip is a name',
    id: 'node-ip/invalid',
    yaml: 'rtc: {node_ip: meet.example.com, tcp_port: 0}',
    file: 'keys: {a: b}\nrtc: {node_ip: meet.example.com}',
    since: '1.10.0',
  },
  {
    name: 'TURN relays from a name',
    id: 'node-ip/invalid',
    file: 'keys: {a: b}\nport: {port}\nrtc: {node_ip: meet.example.com, tcp_port: 0}\nturn: {enabled: true, udp_port: {port}}',
    until: '1.9.12',
  },
  {
    name: 'IPv6 node_ip and TURN',
    id: 'turn/node-ip-family',
    file: 'keys: {a: b}\nport: {port}\nrtc: {node_ip: "::1", tcp_port: 0}\nturn: {enabled: true, udp_port: {port}}',
    since: '1.10.1',
  },
  {
    name: 'STUN silent',
    id: 'node-ip/unresolved',
    file: 'keys: {a: b}\nrtc: {use_external_ip: true, stun_servers: ["127.0.0.1:9"]}',
  },
  { name: 'TURN without a port', id: 'turn/no-port', yaml: 'turn: {enabled: true, udp_port: 0}' },
  {
    name: 'TURN without a domain',
    id: 'turn/domain-required',
    yaml: 'turn: {enabled: true, tls_port: {free}}',
  },
  {
    name: 'TURN on localhost',
    id: 'turn/domain-unusable',
    yaml: 'turn: {enabled: true, tls_port: {free}, domain: localhost}',
  },
  {
    name: 'TURN certificate missing',
    id: 'turn/cert-unusable',
    yaml: 'turn: {enabled: true, tls_port: {free}, domain: meet.example.com, cert_file: /nonexistent/c.pem, key_file: /nonexistent/k.pem}',
  },
  {
    name: 'TURN key of another',
    id: 'tls/key-mismatch',
    yaml: `turn: {enabled: true, tls_port: {free}, domain: meet.example.com, cert_file: ${certificate}, key_file: ${otherKey}}`,
  },
  {
    name: 'TURN/TLS port in use',
    id: 'ports/in-use',
    yaml: `turn: {enabled: true, tls_port: {busy}, domain: meet.example.com, cert_file: ${certificate}, key_file: ${key}}`,
  },
  {
    name: 'signal port in use',
    id: 'ports/in-use',
    file: 'keys: {a: b}\nport: {busy}\nrtc: {node_ip: 127.0.0.1, tcp_port: 0}',
  },
  {
    name: 'ICE/TCP port in use',
    id: 'ports/in-use',
    file: 'keys: {a: b}\nport: {port}\nrtc: {node_ip: 127.0.0.1, tcp_port: {busy}}',
  },
  { name: 'not an address of this host', id: 'bind/not-local', yaml: 'bind_addresses: [198.51.100.99]' },
  {
    name: 'no such port',
    id: 'ports/invalid',
    file: 'keys: {a: b}\nport: 70000\nrtc: {node_ip: 127.0.0.1, tcp_port: 0}',
  },
  {
    name: 'range reversed',
    id: 'rtc/range-small',
    file: 'keys: {a: b}\nport: {port}\nrtc: {node_ip: 127.0.0.1, tcp_port: 0, port_range_start: 60000, port_range_end: 50000}',
  },
  {
    name: 'udp_port is a word',
    id: 'rtc/port-invalid',
    file: 'keys: {a: b}\nrtc: {node_ip: 127.0.0.1, udp_port: many}',
  },
  {
    name: 'udp_port range reversed',
    id: 'rtc/port-invalid',
    file: 'keys: {a: b}\nrtc: {node_ip: 127.0.0.1, udp_port: 7890-7880}',
  },
  { name: 'webhook without a key', id: 'webhook/api-key', yaml: 'webhook: {urls: ["http://127.0.0.1:9/"]}' },
  { name: 'unknown selector', id: 'livekit/node-selector', yaml: 'node_selector: {kind: best}' },
  { name: 'Redis refuses connections', id: 'redis/unreachable', yaml: 'redis: {address: "127.0.0.1:1"}' },
  {
    name: 'Redis address is a URL',
    id: 'redis/unreachable',
    yaml: 'redis: {address: "redis://127.0.0.1:6379"}',
  },
  { name: 'Redis wants a password', id: 'redis/auth', yaml: 'redis: {address: "127.0.0.1:{noauth}"}' },
  {
    name: 'Redis password is wrong',
    id: 'redis/auth',
    yaml: 'redis: {address: "127.0.0.1:{noauth}", password: wrong}',
  },
  { name: 'Kubernetes service link', id: 'env/service-link', env: { LIVEKIT_PORT: 'tcp://10.0.0.1:7880' } },
  { name: 'LIVEKIT_KEYS without a space', id: 'keys/format', env: { LIVEKIT_KEYS: 'key:secret' } },
  {
    name: 'shell wrapper',
    id: 'compose/shell-entrypoint',
    args: ['sh', '-c', 'livekit-server'],
    since: '1.9.12',
  },
  { name: 'flag of a shell', id: 'compose/shell-entrypoint', args: ['-c', 'livekit-server'] },
  { name: 'file missing', id: 'livekit/config-missing', args: ['--config', '/nonexistent/livekit.yaml'] },
  { name: 'panic', id: 'sfu/panic', yaml: 'signal_relay: {stream_buffer_size: 9223372036854775807}' },
  {
    name: 'TURN secret open to all',
    id: 'livekit/turn-secret-mode',
    file: 'keys: {a: b}\nport: {port}\nrtc: {node_ip: 127.0.0.1, tcp_port: 0, turn_servers: [{host: t.example.com, port: 1, secret_file: "{dir}/keys-644"}]}',
    since: '1.13.0',
  },
];

/** Does `version` fail this way? */
export function failsIn({ since, until }: Failing, version: string): boolean {
  return compareVersions(version, since ?? '0') >= 0 && compareVersions(version, until ?? '999') <= 0;
}

/**
 * Runs `binary` so that it fails.
 * @returns what it printed without a timestamp, and its exit status
 */
export function failToStart(
  binary: string,
  scenario: Failing,
): Promise<{ output: string; status: number | null }> {
  return withFailingFile(scenario, async (text, dir) => {
    await writeFile(join(dir, 'livekit.yaml'), text);
    const args = scenario.args ?? ['--config', join(dir, 'livekit.yaml')];
    const { output, status } = await capture(binary, args, scenario.env);
    return { output: output.replaceAll(dir, '/tmp/dir'), status };
  });
}

/** Sets up what the scenario's file speaks of, and hands on the file's text. */
export async function withFailingFile<T>(
  { file, yaml }: Failing,
  use: (text: string, dir: string) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'bedrud-start-'));
  const busy = await listen(createServer());
  const noauth = await listen(createServer(refuseEverybody));
  const ports = [await freePort(), await freePort()];
  try {
    await writeFile(join(dir, 'keys-644'), 'a: b\n');
    await chmod(join(dir, 'keys-644'), 0o644);
    const base =
      'keys: {key: a-secret-of-at-least-32-characters}\nport: {port}\nrtc: {node_ip: 127.0.0.1, tcp_port: 0}\n';
    const text = (file ?? `${base}${yaml ?? ''}`)
      .replaceAll('{dir}', dir)
      .replaceAll('{busy}', `${busy.port}`)
      .replaceAll('{noauth}', `${noauth.port}`)
      .replaceAll('{port}', `${ports[0]}`)
      .replaceAll('{free}', `${ports[1]}`);
    return await use(text, dir);
  } finally {
    for (const { server } of [busy, noauth]) server.close();
    await rm(dir, { recursive: true, force: true });
  }
}

function capture(
  binary: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ output: string; status: number | null }> {
  return new Promise((resolve) => {
    // Waiting for STUN and Redis takes the longest; whoever is still there after that has started.
    const child = execFile(
      binary,
      args,
      { env, timeout: 20_000, killSignal: 'SIGKILL' },
      (_, stdout, stderr) => {
        // The reason goes to stdout, the log and crashes to stderr; a wrong flag prints the whole help in between.
        const bare = `${stdout}${stderr.match(/^panic: .*/m)?.[0] ?? ''}`
          .split('\n')
          .filter((line) => line !== '');
        const output = bare.length > 8 ? [...bare.slice(0, 2), ...bare.slice(-2)] : bare;
        resolve({ output: output.join('\n'), status: child.exitCode });
      },
    );
  });
}

/** A Redis that wants a password, and finds the one it gets wrong. */
function refuseEverybody(socket: Socket): void {
  socket.on('error', () => {});
  socket.on('data', (data) => {
    for (const command of data
      .toString()
      .split(/^\*\d+\r\n/m)
      .slice(1)) {
      const wrong = command.includes('wrong');
      socket.write(
        wrong
          ? '-WRONGPASS invalid username-password pair or user is disabled.\r\n'
          : '-NOAUTH Authentication required.\r\n',
      );
    }
  });
}

async function listen(server: Server): Promise<{ server: Server; port: number }> {
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  return { server, port: (server.address() as { port: number }).port };
}
