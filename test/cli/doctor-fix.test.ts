import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { config, key, secret } from '../doctor/recreate.ts';
import { type RunOptions, run } from '../helpers/run.ts';

const local = `external: true
host: ws://127.0.0.1:7880
internalHost: http://127.0.0.1:7880
version: 1.13.5`;
/** What an upgrade left: keys that were renamed and removed, and a key file that all may read. */
const livekit = `# ours
port: 7880
log_level: debug # was once enough
key_file: keys.yaml
tls:
  cert_file: a
rtc:
  node_ip: 203.0.113.7
`;
const compose = `services:
  livekit:
    image: livekit/livekit-server:v1.13.5
    entrypoint: [sh, -c]
    command: ["livekit-server --config-body \\"$LIVEKIT_CONFIG\\" --node-ip \${NODE_IP} $HOSTNAME"] # $LIVEKIT_CONFIG
    environment:
      NODE_IP: 203.0.113.7
      LIVEKIT_KEYS: "${key}: ${secret}"
`;

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'bedrud-fix-'));
  // Where a bedrud that was killed would have left its files.
  vi.stubEnv('TMPDIR', cwd);
  write('config.yaml', config({ livekit: local }));
  write('keys.yaml', `${key}: ${secret}\n`, 0o644);
  write('livekit.yaml', livekit, 0o640);
  write('compose.yaml', compose);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cwd, { recursive: true });
});

function write(name: string, text: string, mode = 0o600): void {
  writeFileSync(join(cwd, name), text);
  chmodSync(join(cwd, name), mode);
}
const read = (name: string) => readFileSync(join(cwd, name), 'utf8');
const mode = (name: string) => statSync(join(cwd, name)).mode & 0o777;
const backups = () => readdirSync(cwd).filter((name) => name.endsWith('.bak'));

function fix(args: string[], options: RunOptions = {}) {
  return run(['doctor', '--offline', '--fix', ...args], { cwd, ...options });
}
const ofLiveKit = ['--livekit-config', 'livekit.yaml', '--only', 'livekit,keys/file-mode'];
const ofCompose = ['--compose', 'compose.yaml', '--only', 'compose/unescaped-variable'];

describe("LiveKit's file", () => {
  test('is migrated, and its key file closed; a second run finds nothing left', async () => {
    const ran = await fix([...ofLiveKit, '--yes']);
    expect(ran).toMatchObject({ status: 0, stderr: expect.not.stringContaining('error') });
    expect(ran.stdout).toContain('-log_level: debug # was once enough\n');
    expect(ran.stdout).toContain('chmod 640 keys.yaml  # it is 644');
    expect(read('livekit.yaml')).toBe(`# ours
port: 7880
logging:
  level: debug # was once enough
key_file: keys.yaml
rtc:
  node_ip: 203.0.113.7
`);
    expect([mode('livekit.yaml'), mode('keys.yaml')]).toEqual([0o640, 0o640]);
    expect(backups()).toHaveLength(1);
    expect(read(backups()[0] ?? '')).toBe(livekit);

    const again = await fix([...ofLiveKit, '--yes', '--json']);
    expect(again).toMatchObject({ status: 0 });
    expect(again.json()).toMatchObject({ ok: true, changes: [] });
    expect(backups()).toHaveLength(1);
  });

  test('is left to a person where the release is a guess', async () => {
    write('config.yaml', config({ livekit: local.replace('version: 1.13.5', '') }));
    const ran = await fix([...ofLiveKit, '--yes', '--json']);
    expect(ran.json().changes).toMatchObject([{ change: 'mode', file: 'keys.yaml' }]);
    expect(read('livekit.yaml')).toBe(livekit);
  });

  test('is left alone where something would be lost that somebody wanted', async () => {
    write('config.yaml', config({ livekit: local.replace('1.13.5', '1.9.0') }));
    write('livekit.yaml', `${livekit}turn: {ttl_seconds: 60}\n`);
    await fix([...ofLiveKit, '--yes']);
    expect(read('livekit.yaml')).toContain('log_level: debug');
  });
});

describe('a compose file', () => {
  test('gets its dollars doubled, where compose would expand what the container has', async () => {
    const ran = await fix([...ofCompose, '--yes']);
    expect(ran.status).toBe(0);
    const dollars = /\$(?=LIVEKIT_CONFIG\\"|\{NODE_IP\})/g;
    expect(read('compose.yaml')).toBe(compose.replace(dollars, '$$$$'));
    expect(ran.stdout).not.toContain(secret);
    expect((await fix([...ofCompose, '--yes', '--json'])).json().changes).toEqual([]);
  });
});

describe('what a bedrud that was killed has left', () => {
  test('is removed', async () => {
    const left = 'bedrud-livekit-999999999-1-0123456789ab.yaml';
    write(left, 'keys: {}\n');
    const ran = await fix(['--only', 'sfu/leftovers', '--yes']);
    expect(ran.stdout).toContain(`rm ${join(cwd, left)}`);
    expect(existsSync(join(cwd, left))).toBe(false);
  });
});

describe('before anything is changed', () => {
  test('the difference is shown, and somebody is asked', async () => {
    const ran = await fix([...ofCompose, '-q'], { tty: true, typed: [{ at: 'this change?', keys: 'y\r' }] });
    expect(ran.stdout).toContain('$$LIVEKIT_CONFIG');
    expect(ran.status).toBe(0);
    expect(backups()).toHaveLength(1);
  });

  test('no is no', async () => {
    const ran = await fix([...ofCompose, '-q'], { tty: true, typed: [{ at: 'this change?', keys: 'n\r' }] });
    expect(ran.status).toBe(1);
    expect(read('compose.yaml')).toBe(compose);
  });

  test('where there is nobody to ask, --yes has to be said', async () => {
    const ran = await fix(ofCompose);
    expect(ran.status).toBe(2);
    expect(ran.stdout).toContain('$$LIVEKIT_CONFIG');
    expect(ran.stderr).toContain('--yes');
    expect(read('compose.yaml')).toBe(compose);
  });

  test('what a baseline accepts stays as it is', async () => {
    await run(['doctor', '--offline', ...ofCompose, '--baseline', 'known.json', '--update-baseline'], {
      cwd,
    });
    const ran = await fix([...ofCompose, '--baseline', 'known.json', '--yes']);
    expect(ran).toMatchObject({ status: 0, stdout: expect.stringContaining('nothing that --fix can mend') });
    expect(read('compose.yaml')).toBe(compose);
  });
});

test('one file that cannot be written does not keep the others from being mended', async () => {
  // A folder stands where the copy of the old text would go: every name for it is taken.
  const now = new Date('2026-11-23T05:00:00Z');
  for (let count = 0; count <= 100; count += 1)
    write(`livekit.yaml.20261123T050000Z${count === 0 ? '' : `-${count}`}.bak`, '');
  const ran = await fix([...ofLiveKit, '--yes', '--json'], { now });
  expect(ran.status).toBe(3);
  expect(ran.json().changes).toMatchObject([
    { file: 'livekit.yaml', done: false, reason: expect.stringContaining('cannot be written') },
    { file: 'keys.yaml', done: true },
  ]);
  expect(read('livekit.yaml')).toBe(livekit);
  expect(mode('keys.yaml')).toBe(0o640);
});

test.each(['sarif', 'markdown'])('refuses %s', async (format) => {
  expect((await fix(['--format', format])).stderr).toContain(`--fix does not answer in ${format}`);
});
