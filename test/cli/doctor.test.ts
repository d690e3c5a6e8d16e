import { describe, expect, test } from 'vitest';
import { mintToken } from '../../src/sfu/tokens.ts';
import { config, doctor, key, secret } from '../doctor/recreate.ts';

const broken = {
  files: {
    'livekit.yaml': `keys:\n  ${key}: another-secret-0123456789012345678901\nroom: {empty_timeout: 9999}\n`,
  },
  args: ['--livekit-config', 'livekit.yaml', '--only', 'keys/mismatch,room'],
};

describe('the report', () => {
  test('begins with what to do first, and names file and line', async () => {
    const ran = await doctor(broken);
    expect(ran.status).toBe(1);
    expect(ran.stdout).toBe(`Do this first  copy one to the other, and restart whichever was changed
          the secret of APIdoctor is another one in livekit.yaml than in livekit.apiSecret (config.yaml:6)

Configuration
  error   the secret of APIdoctor is another one in livekit.yaml than in livekit.apiSecret (config.yaml:6) [keys/mismatch]
          livekit.yaml:2:3
          → copy one to the other, and restart whichever was changed

Webhooks and rooms
  warning room.empty_timeout keeps a room for 167 minutes [room/timeouts-high]
          livekit.yaml:3:23
          → lower it: 300 and 20 are the defaults, in seconds

1 error, 1 warning, 1 note (3 checks ran; -v lists them)
`);
  });

  test('is one line when nothing is wrong', async () => {
    const ran = await doctor({ args: ['--only', 'keys/mismatch,env'] });
    expect(ran).toMatchObject({
      status: 0,
      stdout: 'nothing wrong (3 checks ran, 1 skipped; -v lists them)\n',
    });
  });

  test('lists what passed and what was skipped with -v', async () => {
    const { stdout } = await doctor({ args: ['--only', 'keys/mismatch,compose/dev-flag', '-v'] });
    expect(stdout).toContain('ok      Bedrud and LiveKit have the same key and secret [keys/mismatch]');
    expect(stdout).toContain('[compose/dev-flag]: no compose file or systemd unit');
  });
});

describe('machine-readable', () => {
  test('JSON has a row for each check and a summary', async () => {
    const ran = await doctor(broken, '--json');
    expect(ran.status).toBe(1);
    expect(ran.json()).toMatchObject({
      ok: false,
      checks: [
        { id: 'keys/mismatch', status: 'fail', ms: expect.any(Number), findings: [{ severity: 'error' }] },
        { id: 'room/timeouts-high', status: 'warn' },
        { id: 'room/remote-unmute', status: 'pass' },
      ],
      summary: { pass: 1, warn: 1, fail: 1, skip: 0, accepted: 0 },
    });
  });

  test('a baseline accepts what an earlier run found', async () => {
    const earlier = await doctor(broken, '--json');
    const files = { ...broken.files, 'baseline.json': earlier.stdout };
    const ran = await doctor({ ...broken, files }, '--baseline', 'baseline.json', '--json');
    expect(ran.status).toBe(0);
    expect(ran.json()).toMatchObject({ ok: true, summary: { accepted: 3, fail: 0 } });
  });

  test('a baseline that is none is a wrong command line', async () => {
    const ran = await doctor({ files: { 'x.json': '[]' } }, '--baseline', 'x.json');
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain('bedrud doctor --format json > x.json');
  });
});

describe('what is asked for', () => {
  test('a name that no check has', async () => {
    const ran = await doctor({}, '--only', 'token/expird');
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain('did you mean token/expired?');
  });

  test.each(['--livekit-config', '--egress-config', '--compose', '--unit', '--baseline', '--log'])(
    'a file that is not there, named with %s, ends it',
    async (option) => {
      const ran = await doctor({}, option, 'gone.yaml');
      expect(ran).toMatchObject({ status: 3, stdout: '' });
      expect(ran.stderr).toContain('gone.yaml: no such file');
    },
  );

  test('--fail-on warning', async () => {
    const files = { 'config.yaml': config({ livekit: 'room: {empty_timeout: 9999}' }) };
    expect((await doctor({ files }, '--only', 'room')).status).toBe(0);
    expect((await doctor({ files }, '--only', 'room', '--fail-on', 'warning')).status).toBe(1);
  });
});

test('the formats for machines say the same', async () => {
  const sarif = (await doctor(broken, '--format', 'sarif')).json();
  expect(sarif.runs[0].results.map((result: { ruleId: string }) => result.ruleId)).toEqual(
    expect.arrayContaining(['keys/mismatch', 'room/timeouts-high']),
  );
  const junit = await doctor(broken, '--format', 'junit');
  expect(junit.stdout).toMatch(/<testsuite[^>]* failures="\d"/);
  expect(junit.stdout).toContain('keys/mismatch');
  const github = await doctor(broken, '--format', 'github');
  expect(github).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/^::error file=livekit\.yaml,line=2/m),
  });
});

test('no format prints a secret that it was given', async () => {
  const theirs = {
    livekit: 'secret-in-the-livekit-file-0123456789',
    redis: 'secret-of-redis-0123456789',
    egress: 'secret-of-egress-0123456789',
    bucket: 'secret-of-the-bucket-0123456789',
    compose: 'secret-in-the-compose-file-0123456789',
    unit: 'secret-in-the-unit-0123456789',
    shell: 'secret-in-the-shell-0123456789',
  };
  const token = mintToken({ apiKey: key, apiSecret: theirs.livekit }, { identity: 'ana', room: 'r' });
  const files = {
    'livekit.yaml': `keys:\n  ${key}: ${theirs.livekit}\nredis: {address: "redis://:${theirs.redis}@127.0.0.1:1", password: ${theirs.redis}}\n`,
    'egress.yaml': `api_key: ${key}\napi_secret: ${theirs.egress}\ns3: {secret: ${theirs.bucket}, access_key: a}\n`,
    'compose.yaml': `services:\n  livekit:\n    image: livekit/livekit-server\n    command: --dev --keys "${key}: ${theirs.compose}"\n    environment: {LIVEKIT_KEYS: "${key}: ${theirs.compose}", LIVEKIT_API_SECRET: ${theirs.compose}}\n`,
    'livekit.service': `[Service]\nExecStart=livekit-server --dev\nEnvironment="LIVEKIT_KEYS=${key}: ${theirs.unit}"\nRestart=on-failure\n`,
  };
  const named = [
    '--livekit-config',
    'livekit.yaml',
    '--egress-config',
    'egress.yaml',
    '--compose',
    'compose.yaml',
  ];
  const args = [...named, '--unit', 'livekit.service', '--token', token, '--log', '-'];
  const stdin = `unable to connect to redis: dial redis://:${theirs.redis}@h\n2026-11-20T12:00:02.839Z\tWARN\tlivekit\tservice/utils.go:84\terror handling request\t{"error": "invalid token: ${token}, error: token is expired"}\n`;
  const env = { LIVEKIT_API_SECRET: theirs.shell };
  const secrets = [
    ...Object.values(theirs),
    secret,
    'jwt-secret-of-the-doctor-tests',
    token,
    token.slice(0, 20),
  ];
  for (const format of ['text', 'json', 'sarif', 'junit', 'github']) {
    const ran = await doctor(
      { live: true, files, args, stdin, env },
      '--format',
      format,
      '-v',
      '--skip',
      'sfu,proxy,webhook,turn,clock,tls',
    );
    expect(ran.stdout).toContain('keys/mismatch');
    for (const text of secrets) expect(ran.stdout + ran.stderr, format).not.toContain(text);
  }
});

test('--media makes calls, which --offline forbids', async () => {
  const ran = await doctor({ args: ['--media'] });
  expect(ran).toMatchObject({ status: 2, stderr: expect.stringContaining('--media makes calls') });
});
