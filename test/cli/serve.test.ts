import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { makeLog } from '../../src/commands/serve/log.ts';
import { Undo } from '../../src/commands/serve/undo.ts';
import { rememberSecret } from '../../src/core/redact.ts';
import { makeStyle } from '../../src/report/text/style.ts';
import { makeCertificate } from '../helpers/certificate.ts';
import { describeWith } from '../helpers/needs.ts';
import { freePort } from '../helpers/ports.ts';
import { run } from '../helpers/run.ts';

async function withConfig(over: { server?: object; auth?: object; database?: object; livekit?: object }) {
  const cwd = await mkdtemp(join(tmpdir(), 'bedrud-cli-serve-'));
  const config = {
    server: { host: '127.0.0.1', port: await freePort(), ...over.server },
    database: { path: join(cwd, 'bedrud.db'), ...over.database },
    livekit: {
      external: true,
      host: 'ws://127.0.0.1:1',
      internalHost: 'http://127.0.0.1:1',
      apiKey: 'APIcli',
      apiSecret: 'cli-secret-of-at-least-thirty-two-characters',
      ...over.livekit,
    },
    auth: { jwtSecret: 'jwt-secret-of-at-least-thirty-two-characters', ...over.auth },
  };
  await writeFile(join(cwd, 'config.yaml'), JSON.stringify(config));
  return cwd;
}

describe('serve does not start', () => {
  test.each([
    ['with a configuration that is not valid', { server: { port: 99_999 } }, 'config/invalid'],
    ['without a secret for access tokens', { auth: { jwtSecret: undefined } }, 'config/invalid'],
    [
      'without the PostgreSQL that is configured',
      { database: { type: 'postgres', host: '127.0.0.1', port: 1, user: 'u', dbname: 'd' } },
      'store/unreachable',
    ],
    ['with ACME', { server: { enableTLS: true, useACME: true, domain: 'meet.example.com' } }, 'server/acme'],
    [
      'without the certificate',
      { server: { enableTLS: true, certFile: '/nonexistent/c', keyFile: '/nonexistent/k' } },
      'input/not-found',
    ],
  ])('%s', async (_, over, code) => {
    const ran = await run(['serve', '--json'], { cwd: await withConfig(over) });
    expect(ran.status).toBe(3);
    expect(ran.json()).toMatchObject({ error: { code: expect.stringMatching(code) } });
    expect((await run(['serve', '--check', '--json'], { cwd: await withConfig(over) })).status).toBe(1);
  });
});

test('a port that is taken is named', async () => {
  const port = await freePort();
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  const ran = await run(['serve', '--json'], { cwd: await withConfig({ server: { port } }) });
  other.close();
  expect(ran.status).toBe(3);
  expect(ran.json()).toMatchObject({ error: { code: 'server/port-in-use' } });
});

test('serve is also called run and server', async () => {
  for (const name of ['run', 'server']) {
    expect((await run([name, '--help'])).stdout).toContain('--dev');
  }
});

test('an interrupt drains and decides the exit status', async () => {
  const terminate = new AbortController();
  const cwd = await withConfig({});
  const running = run(['serve', '--json'], { cwd, terminate: terminate.signal });
  terminate.abort();
  expect((await running).status).toBe(143);
});

describeWith(['openssl'], 'serve --check with TLS', () => {
  test('finds a key that is another certificate’s', async () => {
    const [one, other] = [makeCertificate(), makeCertificate()];
    const cwd = await withConfig({
      server: { enableTLS: true, certFile: one.certFile, keyFile: other.keyFile, domain: 'meet.example.com' },
    });
    const ran = await run(['serve', '--check', '--json'], { cwd });
    expect(ran.status).toBe(1);
    expect(ran.json().findings.map((found: { id: string }) => found.id)).toContain('server/certificate');
  });
});

describe('the log', () => {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl';

  test('is JSON without secrets, wherever they stand', () => {
    rememberSecret('remembered-secret-1');
    const log = makeLog({ level: 'info', file: undefined, stream, style: undefined });
    log.info({ url: `/rtc?access_token=${jwt}`, deep: { list: ['x remembered-secret-1'] } }, `got ${jwt}`);
    log.error({ err: new Error(`no remembered-secret-1`) }, 'failed');
    const text = lines.splice(0).join('');
    for (const line of text.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
    expect(text).not.toContain('remembered-secret-1');
    expect(text).not.toContain('c2lnbmF0dXJl');
  });

  test('in a file that cannot be written is no reason to end', async () => {
    const log = makeLog({ level: 'info', file: '/dev/full', stream, style: undefined });
    log.info('lost');
    log.info('lost as well');
    await new Promise((resolve) => setImmediate(resolve));
    expect(lines.splice(0)).toEqual([
      expect.stringContaining('the log cannot be written to /dev/full: ENOSPC'),
    ]);
  });

  test('in a file that cannot be opened is a failure that names the key', () => {
    expect(() => makeLog({ level: 'info', file: '/dev/null/x', stream, style: undefined })).toThrow(
      expect.objectContaining({
        code: 'output/unwritable',
        hint: expect.stringContaining('logger.outputPath'),
      }),
    );
  });

  test('is short lines on a terminal', () => {
    const log = makeLog({ level: 'info', file: undefined, stream, style: makeStyle(false) });
    log.warn({ port: 7880, name: 'x' }, 'busy');
    log.debug('not at this level');
    expect(lines.splice(0)).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d warn {2}busy {2}port=7880 name=x\n$/),
    ]);
  });
});

test('what was started is ended in the opposite order, all of it, also when one step fails', async () => {
  const ended: string[] = [];
  const undo = new Undo();
  undo.add(async () => void ended.push('first'));
  undo.add(async () => {
    throw new Error('second');
  });
  undo.add(async () => void ended.push('third'));
  await expect(undo.all()).rejects.toThrow('second');
  await undo.all();
  expect(ended).toEqual(['third', 'first']);
});
