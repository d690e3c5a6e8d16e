import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { junitProblems } from '../helpers/junit.ts';
import { run } from '../helpers/run.ts';

const secret = 'aSecretThatIsLongEnoughFor32Chars00';
const good = `port: 7880\nkeys: {APIkey: ${secret}}\nrtc: {node_ip: 203.0.113.7}\n`;
const folder = mkdtempSync(join(tmpdir(), 'bedrud-lint-'));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return name;
};
file('good.yaml', good);
file('new.yaml', `${good}turn: {ttl_seconds: 300}\n`);
file(
  'egress.yml',
  `api_key: APIkey\napi_secret: ${secret}\nws_url: ws://127.0.0.1:7880\nredis: {address: "127.0.0.1:6379"}\ns3: {bucket: b}\n`,
);
const options = { cwd: folder, env: { PATH: '' } };
const lint = (...argv: string[]) => run(['livekit', 'lint', ...argv], options);

describe('bedrud livekit lint', () => {
  test('has a row for each file and version, in that order', async () => {
    const ran = await lint('--for', '1.9.0,1.13.5', '--format', 'json', 'new.yaml', 'good.yaml');
    const { results } = ran.json();
    expect(
      results.map(({ file, version, verdict }: Record<string, string>) => [file, version, verdict]),
    ).toEqual([
      ['new.yaml', '1.9.0', 'rejects'],
      ['new.yaml', '1.13.5', 'starts'],
      ['good.yaml', '1.9.0', 'starts'],
      ['good.yaml', '1.13.5', 'starts'],
    ]);
    expect(ran.status).toBe(1);
    expect(results[0].findings[0]).toMatchObject({
      id: 'livekit/too-new-key',
      file: 'new.yaml',
      line: 4,
      column: 8,
    });
  });

  test('is for the pinned version where no livekit-server is', async () => {
    const ran = await lint('--json', 'good.yaml');
    expect(ran.json().results).toMatchObject([{ version: '1.13.5', verdict: 'starts', findings: [] }]);
    expect(ran.status).toBe(0);
  });

  test('reads standard input, and every YAML file of a directory', async () => {
    const piped = await run(['livekit', 'lint', '--for', '1.13.5', '-'], {
      ...options,
      stdin: 'port: "1"\n',
    });
    expect(piped.stdout).toContain('-:1:7 error port');
    const all = await run(['livekit', 'lint', '--json', '--for', '1.13.5', folder], options);
    expect(all.json().results.map((row: { file: string }) => row.file)).toEqual(
      ['egress.yml', 'good.yaml', 'new.yaml'].map((name) => join(folder, name)),
    );
  });

  test('knows an egress file by its shape, and takes --kind for an order', async () => {
    const guessed = await lint('--for', '1.13.5', '--json', 'egress.yml');
    const ids = (ran: typeof guessed) => ran.json().results[0].findings.map(({ id }: { id: string }) => id);
    expect(ids(guessed)).toContain('egress/ignored-key');
    expect(guessed.json().results[0].verdict).toBe('starts');
    const ordered = await lint('--for', '1.13.5', '--json', '--kind', 'livekit', 'egress.yml');
    expect(ids(ordered)).toEqual(['livekit/foreign-dialect']);
    expect(ordered.json().results[0].findings[0].hint).toContain('--kind egress');
  });

  test('is for livekit.version of the configuration', async () => {
    const config = file('bedrud.conf', 'livekit: {version: 1.9.0}\n');
    const ran = await lint('--config', config, '--json', 'new.yaml');
    expect(ran.json().results).toMatchObject([{ version: '1.9.0', verdict: 'rejects' }]);
    expect(ran.stderr).toContain('from livekit.version');
  });

  test('leaves the file readable where a secret is a word', async () => {
    file('word.yaml', 'keys: {APIkey: passwords}\nredis: {password: config, adress: x}\n');
    const ran = await lint('--for', '1.13.5', 'word.yaml');
    expect(ran.stderr).toContain('could not parse config:');
    expect(ran.stdout).toContain('field adress not found');
    expect(ran.stdout).not.toContain('passwords');
    expect(ran.stdout).not.toMatch(/password: config/);
  });

  test('quotes no secret that is of the wrong kind', async () => {
    file('quoted.yaml', 'keys: APIkey:S3c\nredis: {password: [S3cret]}\n');
    file('tagged.yaml', `keys: {APIkey: ${secret}}\nprometheus: {password: !!int S3c}\n`);
    const ran = await lint('--for', '1.13.5', '--format', 'json', 'quoted.yaml', 'tagged.yaml');
    const [quoted, tagged] = ran.json().results;
    expect(quoted.message).toContain('cannot unmarshal !!str `********` into map[string]string');
    expect(tagged.message).toContain('cannot decode !!str `********` as a !!int');
    expect(ran.stdout + ran.stderr).not.toContain('S3c');
  });

  test.each([
    ['{a: 1', 1, 6],
    ["a: 1\nb: 'x\n", 2, 6],
    ['"abc', 1, 5],
  ])('what is open at the end of %j is shown on the last line', async (text, line, column) => {
    file('open.yaml', text);
    const ran = await lint('--for', '1.13.5', '--json', 'open.yaml');
    expect(ran.json().results[0].findings).toMatchObject([{ id: 'livekit/yaml-syntax', line, column }]);
  });

  test('--fail-on decides the exit status', async () => {
    file('warned.yaml', good.replace('rtc:', 'log_level: info\nrtc:'));
    expect((await lint('--for', '1.13.5', 'warned.yaml')).status).toBe(0);
    expect((await lint('--for', '1.13.5', '--fail-on', 'warning', 'warned.yaml')).status).toBe(1);
    expect((await lint('--for', '1.9.0', '--fail-on', 'never', 'new.yaml')).status).toBe(0);
  });

  test.each(['text', 'json', 'sarif', 'junit', 'github'])('no secret gets into %s', async (format) => {
    file(
      'leaky.yaml',
      `keys:\n  APIkey:${secret}\nredis: {adress: x, password: anotherLongSecret}\nturn: {a: *b}\n`,
    );
    const ran = await lint('--for', '1.13.5', '--format', format, 'leaky.yaml');
    expect(ran.stdout).toContain('leaky.yaml');
    for (const text of [ran.stdout, ran.stderr]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain('anotherLongSecret');
    }
  });

  test('JUnit is valid by its schemas, whatever the files are', async () => {
    const ran = await lint('--for', '1.9.0,1.13.5', '--format', 'junit', '.');
    expect(ran.stdout).toContain('<testsuite name="good.yaml"');
    expect(await junitProblems(ran.stdout)).toEqual([]);
  });

  test('a folder without YAML is a failure: in CI, nothing must not pass', async () => {
    const empty = mkdtempSync(join(folder, 'empty-'));
    const ran = await lint('--for', '1.13.5', empty);
    expect(ran).toMatchObject({ status: 3, stdout: '' });
    expect(ran.stderr).toContain('holds no .yaml or .yml file');
  });

  test('says who would start: the egress service has releases of its own', async () => {
    const { stderr } = await lint('--for', '1.9.0,1.13.5', 'egress.yml', 'good.yaml');
    expect(stderr.split('\n').filter((line) => line.includes('would'))).toEqual([
      'egress.yml: the egress service would start with it',
      'good.yaml: 1.9.0 would start with it',
      'good.yaml: 1.13.5 would start with it',
    ]);
  });

  test('a file that is not there and a version that is none are failures', async () => {
    expect(await lint('--for', '1.13.5', 'none.yaml')).toMatchObject({ status: 3 });
    expect(await lint('--for', 'latest', 'good.yaml')).toMatchObject({ status: 2 });
  });
});

describe('bedrud livekit schema', () => {
  test('has the keys of the version', async () => {
    const keys = async (version: string) =>
      Object.keys((await run(['livekit', 'schema', '--json', '--for', version])).json().properties);
    expect(await keys('1.13.5')).toEqual(expect.arrayContaining(['port', 'rtc', 'debug_handler']));
    expect(await keys('1.9.0')).not.toContain('debug_handler');
  });

  test('takes what starts and refuses what does not', async () => {
    const schema = (await run(['livekit', 'schema', '--json', '--for', '1.13.5'])).json();
    const takes = new Ajv({ strict: false }).compile(schema);
    for (const udp of [7882, '7882-7892', { start: 7882, end: 7892 }, null]) {
      expect(takes({ port: null, rtc: { udp_port: udp, tcp_port: 7881 } })).toBe(true);
    }
    for (const udp of ['media', [7882], { from: 7882 }]) {
      expect(takes({ rtc: { udp_port: udp } })).toBe(false);
    }
    expect(takes({ rtc: { udp_prot: 7882 } })).toBe(false);
  });
});
