/** What doctor answers in each format: valid by its schema, and without any secret that it has come across. */
import { readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mintToken } from '../../src/sfu/tokens.ts';
import { config, key, writeScenario } from '../doctor/recreate.ts';
import { junitProblems } from '../helpers/junit.ts';
import { type Ran, run } from '../helpers/run.ts';

/** Each in a place of its own. */
const secrets = {
  api: 'S3cret-of-the-api-0123456789abcdef0123',
  jwt: 'S3cret-of-jwt-0123456789abcdef01234567',
  session: 'S3cret-of-session-0123456789abcdef0123',
  database: 'S3cret-of-the-database-0123456789',
  smtp: 'S3cret-of-smtp-0123456789',
  livekit: 'S3cret-in-the-livekit-file-0123456789',
  redis: 'S3cret-of-redis-0123456789',
  turn: 'S3cret-of-another-turn-server-0123456789',
  egress: 'S3cret-of-egress-0123456789',
  bucket: 'S3cret-of-the-bucket-0123456789',
  compose: 'S3cret-in-the-compose-file-0123456789',
  body: 'S3cret-in-a-livekit-config-body-0123456789',
  flag: 'S3cret-on-a-command-line-0123456789',
  unit: 'S3cret-in-the-unit-0123456789',
  shell: 'S3cret-in-the-shell-0123456789',
  hook: 'S3cret-in-a-webhook-url-0123456789',
  url: 'S3cret-in-a-url-0123456789',
  logged: 'S3cret-in-the-log-0123456789',
};
const token = mintToken({ apiKey: key, apiSecret: secrets.livekit }, { identity: 'ana', room: 'r' });
const hidden = [...Object.values(secrets), token, token.split('.')[1] ?? '', token.split('.')[2] ?? ''];

const files = {
  'config.yaml': `${config({
    livekit: `external: true
host: wss://bedrud:${secrets.url}@livekit.example.com
internalHost: http://127.0.0.1:1
version: 1.13.5`,
  })
    .replace(/apiSecret: .*/, `apiSecret: ${secrets.api}`)
    .replace(/jwtSecret: .*/, `jwtSecret: ${secrets.jwt}`)
    .replace(
      /sessionSecret: .*/,
      `sessionSecret: ${secrets.session}`,
    )}database: {type: postgres, host: 127.0.0.1, port: 1, user: bedrud, dbname: bedrud, password: ${secrets.database}}
email: {password: ${secrets.smtp}, prot: 1}
`,
  // What --fix migrates stands beside what nobody may see.
  'livekit.yaml': `log_level: debug
keys:
  ${key}: ${secrets.livekit}
tls: {}
redis: {address: "redis://:${secrets.redis}@127.0.0.1:1", password: ${secrets.redis}, use_tls: true}
rtc: {node_ip: 203.0.113.7, turn_servers: [{host: turn.example.com, credential: ${secrets.turn}}]}
webhook: {api_key: ${key}, urls: ["http://bedrud:${secrets.hook}@127.0.0.1:1/api/livekit/webhook"]}
`,
  'egress.yaml': `api_key: ${key}\napi_secret: ${secrets.egress}\nlog_level: debug\ns3: {secret: ${secrets.bucket}, access_key: a}\n`,
  'compose.yaml': `services:
  livekit:
    image: livekit/livekit-server
    command: [--dev, --config-body, "$LIVEKIT_CONFIG", --keys, "${key}: ${secrets.flag}"]
    environment:
      LIVEKIT_KEYS: "${key}: ${secrets.compose}"
      LIVEKIT_CONFIG: |
        port: 7880
        keys:
          ${key}: ${secrets.body}
        tsl: {}
  redis:
    image: redis
    command: redis-server --requirepass ${secrets.flag}
`,
  'livekit.service': `[Service]\nExecStart=livekit-server --dev\nEnvironment="LIVEKIT_KEYS=${key}: ${secrets.unit}"\nRestart=on-failure\n`,
  'livekit.log': `unable to connect to redis: dial redis://:${secrets.logged}@h
2026-11-20T12:00:02.839Z\tWARN\tlivekit\tservice/utils.go:84\terror handling request\t{"error": "invalid token: ${token}, error: token is expired"}
2026-11-20T12:00:03.839Z\tWARN\tlivekit\tservice/utils.go:84\terror handling request\t{"url": "/rtc?access_token=${token}", "error": "invalid API key: APIx"}
`,
};
const named = [
  ...['--livekit-config', 'livekit.yaml', '--egress-config', 'egress.yaml', '--compose', 'compose.yaml'],
  ...['--unit', 'livekit.service', '--log', 'livekit.log', '--token', token],
  ...['--timeout', '15s', '--skip', 'turn/unavailable,node-ip'],
];
const env = { LIVEKIT_KEYS: `APIshell: ${secrets.shell}`, REDIS_PASSWORD: secrets.shell };

let cwd: string;
beforeEach(() => {
  cwd = writeScenario(files);
});
afterEach(() => rmSync(cwd, { recursive: true }));
const doctor = (...args: string[]): Promise<Ran> => run(['doctor', ...named, ...args], { cwd, env });

function withoutSecrets(text: string): void {
  for (const secret of hidden) expect(text).not.toContain(secret);
}

describe('is valid by its schema, and without a secret', () => {
  test('SARIF 2.1.0', async () => {
    const { stdout, stderr } = await doctor('--format', 'sarif');
    withoutSecrets(stdout + stderr);
    const file = createRequire(import.meta.url).resolve('schemastore/schemas/json/sarif-2.1.0.json');
    const ajv = new Ajv({ strict: false, unicodeRegExp: false });
    (addFormats as unknown as (ajv: Ajv) => void)(ajv);
    const validate = ajv.compile(JSON.parse(readFileSync(file, 'utf8')));
    const document = JSON.parse(stdout);
    validate(document);
    expect(validate.errors ?? []).toEqual([]);
    const ids = document.runs[0].results.map((result: { ruleId: string }) => result.ruleId);
    expect(ids).toEqual(expect.arrayContaining(['keys/mismatch', 'compose/dev-flag', 'config/unknown-key']));
    // Each rule is described, those of Bedrud's configuration too.
    expect(document.runs[0].tool.driver.rules).toContainEqual(
      expect.objectContaining({ id: 'config/unknown-key', shortDescription: expect.anything() }),
    );
  });

  test('JUnit, by the schemas of Ant and Jenkins', async () => {
    const { stdout, stderr } = await doctor('--format', 'junit');
    withoutSecrets(stdout + stderr);
    expect(await junitProblems(stdout)).toEqual([]);
    expect(stdout).toContain('keys/mismatch');
  });

  test.each([
    ['JSON', []],
    ['JSON of --fix', ['--fix', '--yes']],
    ['JSON with a baseline', ['--baseline', 'known.json', '--update-baseline']],
  ])('%s', async (_, args) => {
    const { stdout, stderr } = await doctor('--json', ...args);
    withoutSecrets(stdout + stderr);
    const file = new URL('../../schemas/report.schema.json', import.meta.url);
    const ajv = new Ajv2020({ strict: false });
    const schema = JSON.parse(readFileSync(file, 'utf8'));
    const validate = ajv.compile({ ...schema, anyOf: [{ $ref: '#/$defs/diagnosis' }] });
    validate(JSON.parse(stdout));
    expect(validate.errors ?? []).toEqual([]);
    if (args.includes('--fix')) expect(JSON.parse(stdout).changes.length).toBeGreaterThan(1);
    if (args.includes('--baseline')) withoutSecrets(readFileSync(join(cwd, 'known.json'), 'utf8'));
  });
});

describe('has no secret in it', () => {
  test.each([
    ['text', ['-v', '--explain']],
    ['GitHub annotations', ['--format', 'github']],
    ['Markdown', ['--format', 'markdown']],
    ['the differences that --fix shows', ['--fix']],
    ['what --fix did', ['--fix', '--yes']],
  ])('%s', async (_, args) => {
    const { stdout, stderr } = await doctor(...args);
    expect(stdout).toMatch(/keys\/mismatch|LIVEKIT_CONFIG/);
    withoutSecrets(stdout + stderr);
  });

  test.each(['text', 'json'])('%s of --watch', async (format) => {
    const ended = new AbortController();
    const ran = await run(['doctor', ...named, '--watch', '--format', format], {
      ...{ cwd, env },
      terminate: ended.signal,
      onStdout: (text) => {
        if (text.includes('keys/mismatch')) ended.abort();
      },
    });
    expect(ran.stdout).toContain('keys/mismatch');
    withoutSecrets(ran.stdout + ran.stderr);
  });

  test('a failure that quotes what was given', async () => {
    const ran = await doctor('--only', token);
    expect(ran.status).toBe(2);
    withoutSecrets(ran.stdout + ran.stderr);
  });
});
