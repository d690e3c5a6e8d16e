import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registry } from '../../src/commands/index.ts';
import { mintToken } from '../../src/sfu/tokens.ts';
import { run } from '../helpers/run.ts';

/** Every secret a configuration can hold, each recognisable. */
const secrets = {
  apiSecret: 'S3CRET-api-0123456789abcdefghijklmnop',
  jwtSecret: 'S3CRET-jwt-0123456789abcdefghijklmnop',
  sessionSecret: 'S3CRET-session-0123456789abcdefghijkl',
  redisPassword: 'S3CRET-redis-0123456789',
  dbPassword: 'S3CRET-db-0123456789',
  smtpPassword: 'S3CRET-smtp-0123456789',
  cloudflare: 'S3CRET-cloudflare-0123456789',
  google: 'S3CRET-google-0123456789',
  s3: 'S3CRET-s3-0123456789',
};
const folder = mkdtempSync(join(tmpdir(), 'bedrud-secrets-'));
const config = join(folder, 'config.yaml');
const livekit = join(folder, 'livekit.yaml');
/** A file in which every line that holds a secret is wrong as well, so that reports quote it. */
const broken = join(folder, 'broken.yaml');
const token = mintToken({ apiKey: 'APIx', apiSecret: secrets.apiSecret }, { room: 'r', identity: 'i' });

beforeAll(() => {
  writeFileSync(
    config,
    `server: { port: 1, host: 127.0.0.1, acme: { cloudflareAPIToken: ${secrets.cloudflare} } }
database: { type: sqlite, path: ${folder}/x.db, password: ${secrets.dbPassword} }
livekit:
  apiKey: APIx
  apiSecret: ${secrets.apiSecret}
  internalHost: http://127.0.0.1:1
  redis: { address: 127.0.0.1:1, password: ${secrets.redisPassword} }
auth:
  jwtSecret: ${secrets.jwtSecret}
  sessionSecret: ${secrets.sessionSecret}
  google: { clientSecret: ${secrets.google} }
email: { password: ${secrets.smtpPassword} }
chat: { uploads: { s3: { secretKey: ${secrets.s3} } } }
`,
  );
  writeFileSync(
    livekit,
    `keys: { APIx: ${secrets.apiSecret} }\nredis: { address: x:1, password: ${secrets.redisPassword}, tls: 1 }\n`,
  );
  writeFileSync(
    broken,
    `livekit: { apiSecret: [${secrets.apiSecret}], redis: { password: { x: ${secrets.redisPassword} } } }
auth: { jwtSecret: [${secrets.jwtSecret}], sessionSecrt: ${secrets.sessionSecret} }
keys: APIx:${secrets.apiSecret}
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Each command with words that make it do something; what is new in the registry has to be added here. */
const lines: Record<string, string[][]> = {
  serve: [['--check'], ['--check', '--format', 'sarif']],
  init: [[folder, '--yes']],
  config: [
    ['validate'],
    ['show'],
    ['show', '--json'],
    ['get', 'livekit.apiSecret'],
    ['path'],
    ['validate', broken],
  ],
  livekit: [
    ['lint', livekit],
    ['lint', livekit, '--json'],
    ['lint', livekit, '--format', 'sarif'],
    ['lint', livekit, '--format', 'junit'],
    ['lint', livekit, '--format', 'github'],
    ['lint', broken],
    ['lint', broken, '--json'],
    ['render-config', '--diff', livekit],
    ['ports'],
    ['probe', '--json'],
    ['run', '-v'],
    ['migrate', livekit, '--to', '1.13.5'],
  ],
  token: [
    ['create', '--room', 'r', '--identity', 'i'],
    ['inspect', token],
    ['inspect', token, '--json'],
    ['verify', `${token}x`],
    ['verify', token, '--json'],
  ],
  room: [['list'], ['list', '--json', '-v'], ['kick', 'r', 'i', '-v'], ['watch', '--interval', 'x']],
  recording: [['list'], ['list', '--json', '-v'], ['start', 'r', '-v'], ['info', 'x', '--json']],
  db: [['status'], ['migrate'], ['backup', '/nonexistent/b', '-v']],
  doctor: [['--offline'], ['--offline', '--json'], ['--livekit-config', broken, '--offline']],
  explain: [['turn/domain-required']],
  completion: [['bash']],
  version: [[], ['--json']],
};

describe('no secret is printed', () => {
  test('by any noun that is left out here', () => {
    expect(Object.keys(lines).sort()).toEqual(Object.keys(registry).sort());
  });

  describe.each(Object.entries(lines))('%s', (noun, each) => {
    test.each(
      each.map((words) => [
        words
          .map((word) => word.replace(folder, ''))
          .join(' ')
          .slice(0, 50),
        words,
      ]),
    )('%s', async (_, words) => {
      const ran = await run([noun, ...(words as string[])], {
        cwd: folder,
        env: { BEDRUD_CONFIG: config, REDIS_PASSWORD: secrets.redisPassword },
      });
      const printed = ran.stdout + ran.stderr;
      for (const [name, secret] of Object.entries(secrets)) {
        expect(printed.includes(secret), `${name} is printed:\n${printed}`).toBe(false);
      }
      expect(ran.stderr).not.toContain(token);
      expect(printed).not.toContain('bedrud itself failed');
    });
  });
});
