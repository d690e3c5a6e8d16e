import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { Diagnosis } from '../../src/doctor/index.ts';
import { config, doctor, key, type Scenario, writeScenario } from '../doctor/recreate.ts';
import { freePort } from '../helpers/ports.ts';
import { run } from '../helpers/run.ts';

const broken = {
  files: {
    'livekit.yaml': `keys:\n  ${key}: another-secret-0123456789012345678901\nroom: {empty_timeout: 9999}\n`,
  },
  args: ['--livekit-config', 'livekit.yaml', '--only', 'keys/mismatch,room'],
};

const plain = (text: string) => text.replace(/\u001b\[\d+m/g, '');
const words = (text: string) => text.split(/\s+/);

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

  test('has no order to tell where one thing is wrong', async () => {
    const { stdout } = await doctor({ ...broken, args: [...broken.args, '--skip', 'room'] });
    expect(stdout).toMatch(/^Configuration\n {2}error /);
  });

  test('fits the terminal, and is not broken where it is piped', async () => {
    const piped = await doctor(broken);
    const shown = await doctor({ ...broken, columns: 60 }, '-q');
    const widths = (text: string) => text.split('\n').map((line) => line.length);
    expect(Math.max(...widths(piped.stdout))).toBeGreaterThan(100);
    expect(Math.max(...widths(plain(shown.stdout)))).toBeLessThanOrEqual(60);
    expect(words(plain(shown.stdout))).toEqual(words(piped.stdout));
  });

  test('is in colour on a terminal only', async () => {
    expect((await doctor(broken)).stdout).not.toContain('\u001b');
    expect((await doctor({ ...broken, columns: 80 }, '-q')).stdout).toContain('\u001b[31merror');
  });

  test('says why with --explain', async () => {
    const { stdout } = await doctor(broken, '--explain');
    expect(stdout).toContain('LiveKit answers 401 to every token that Bedrud signs');
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

describe('what to mend first', () => {
  test('is to start what does not run; what follows from that says so', async () => {
    const binary = new URL('../sfu/fixtures/fake-livekit-server', import.meta.url).pathname;
    const port = await freePort();
    const scenario: Scenario = {
      live: true,
      env: { LIVEKIT_SERVER_BIN: binary },
      files: { 'config.yaml': config({ livekit: `port: ${port}` }) },
      args: ['--only', 'sfu,webhook'],
    };
    const { stdout } = await doctor(scenario);
    expect(stdout).toMatch(/^Do this first {2}start the server, with bedrud serve/);
    expect(stdout).toContain(`livekit-server does not run: 127.0.0.1:${port} refuses connections`);
    expect(stdout).toMatch(/\[sfu\/signal-unreachable\]\n +→ mend sfu\/api-unreachable first/);
    expect(stdout).toMatch(/\[webhook\/unreachable\]\n +→ start Bedrud there \(bedrud serve\)/);
  });

  test('is not a configuration of Bedrud that nobody has', async () => {
    const cwd = writeScenario({});
    const ran = await run(['doctor', '--log', '-', '--json'], {
      cwd,
      stdin: 'TURN domain required\n',
      env: { PATH: '' },
    });
    rmSync(cwd, { recursive: true });
    const { checks } = ran.json<Diagnosis>();
    expect(
      checks.flatMap(({ findings }) => findings.filter(({ severity }) => severity === 'error')),
    ).toMatchObject([{ id: 'sfu/crashed-at-start' }]);
    expect(checks).toContainEqual(
      expect.objectContaining({
        id: 'config/valid',
        status: 'skip',
        reason: expect.stringContaining('-c FILE'),
      }),
    );
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
});

describe('a baseline', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bedrud-baseline-'));
  const baseline = join(directory, 'known.json');
  afterEach(() => rmSync(baseline, { force: true }));
  afterAll(() => rmSync(directory, { recursive: true }));
  const update = () => doctor(broken, '--baseline', baseline, '--update-baseline');
  const accepted = () =>
    JSON.parse(readFileSync(baseline, 'utf8')).accepted.map(({ id }: { id: string }) => id);

  test('accepts what an earlier run printed', async () => {
    writeFileSync(baseline, (await doctor(broken, '--json')).stdout);
    const ran = await doctor(broken, '--baseline', baseline, '--json');
    expect(ran.status).toBe(0);
    expect(ran.json()).toMatchObject({ ok: true, summary: { accepted: 3, fail: 0 }, stale: [] });
  });

  test('is written by --update-baseline, and holds when lines move', async () => {
    expect(await update()).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('nothing wrong, 3 accepted by the baseline'),
      stderr: expect.stringContaining('accepts 3 findings'),
    });
    const moved = { ...broken, files: { 'livekit.yaml': `# a line more\n${broken.files['livekit.yaml']}` } };
    const ran = await doctor(moved, '--baseline', baseline);
    expect(ran).toMatchObject({ status: 0, stdout: expect.not.stringContaining('found no more') });
  });

  test('says what it accepts and nobody finds any more, and --update-baseline takes it out', async () => {
    await update();
    const fixed = {
      ...broken,
      files: { 'livekit.yaml': broken.files['livekit.yaml'].replace('9999', '300') },
    };
    const ran = await doctor(fixed, '--baseline', baseline);
    expect(ran.status).toBe(0);
    expect(ran.stdout).toContain('Accepted by the baseline, and found no more');
    expect(ran.stdout).toContain('[room/timeouts-high]');
    await doctor(fixed, '--baseline', baseline, '--update-baseline');
    expect(accepted()).not.toContain('room/timeouts-high');
    expect(accepted()).toContain('keys/mismatch');
  });

  test('keeps what it has of checks that did not run', async () => {
    await update();
    const ran = await doctor(
      { files: broken.files, args: ['--only', 'room', '--livekit-config', 'livekit.yaml'] },
      ...['--baseline', baseline, '--update-baseline', '--json'],
    );
    expect(ran.json().stale).toEqual([]);
    expect(accepted()).toContain('keys/mismatch');
  });

  test('does not accept the same in another place', async () => {
    await update();
    const other = {
      ...broken,
      files: { 'livekit.yaml': broken.files['livekit.yaml'].replace('empty_', 'departure_') },
    };
    expect((await doctor(other, '--baseline', baseline, '--fail-on', 'warning')).status).toBe(1);
  });

  test.each(['[]', '{', '{"accepted": [{}]}', '{"checks": 1}', ''])('%j is none', async (text) => {
    writeFileSync(baseline, text);
    const ran = await doctor({}, '--baseline', baseline);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain(`${baseline} is no baseline`);
  });

  test('has to be named to be written', async () => {
    expect((await doctor({}, '--update-baseline')).stderr).toContain('--baseline FILE --update-baseline');
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

test('Markdown says what was looked at, what was found, and nothing that Markdown would take for its own', async () => {
  const files = { ...broken.files, 'live|kit_<b>.yaml': broken.files['livekit.yaml'] };
  const args = ['--livekit-config', 'live|kit_<b>.yaml', '--only', 'keys/mismatch,room,compose/dev-flag'];
  const { status, stdout } = await doctor(
    { files, args, env: { LIVEKIT_API_SECRET: 'a-secret-of-the-environment-0123' } },
    '--format',
    'markdown',
  );
  expect(status).toBe(1);
  expect(stdout).toContain('| livekit-server | 1.13.5 (assumed) |');
  expect(stdout).toContain('| mode | embedded |');
  expect(stdout).toContain('- **error** the secret of APIdoctor is another one in live\\|kit\\_\\<b\\>.yaml');
  expect(stdout).toContain(
    '<details><summary>Keys of live\\|kit\\_\\<b\\>.yaml</summary>\n\n```yaml\nkeys\nroom.empty_timeout\n```',
  );
  expect(stdout).toContain('- `compose/dev-flag`: no compose file');
  expect(stdout).toContain('apiSecret: ********');
});
