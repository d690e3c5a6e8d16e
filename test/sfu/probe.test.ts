import { readFileSync } from 'node:fs';
import { createServer as createHttp, type RequestListener, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type ProbeFacts, probeSfu } from '../../src/sfu/probe.ts';
import { probeFindings } from '../../src/sfu/probe-findings.ts';
import { freePort } from '../helpers/ports.ts';

const keys = { apiKey: 'APIkey', apiSecret: 'a-secret-of-at-least-32-characters' };
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

/** Answers by path, as livekit-server of the version does when all is well. */
function livekit(
  version: '1.9.0' | '1.11.0' | '1.13.5',
  changed: Record<string, [number, string]> = {},
): RequestListener {
  const badSecret =
    version === '1.13.5'
      ? 'token signature is invalid: signature is invalid'
      : 'go-jose/go-jose: error in cryptographic primitive';
  let validations = 0;
  return (request, response) => {
    const path = request.url?.replace(/\?.*/, '') ?? '';
    // The probe's own first token is right, the second has a foreign secret.
    if (path === '/rtc/validate') validations += 1;
    const usual: Record<string, [number, string]> = {
      '/': [200, 'OK'],
      '/rtc/validate': validations > 1 ? [401, `invalid token: abc, error: ${badSecret}`] : [200, 'success'],
      '/rtc/v1/validate':
        version === '1.9.0' ? [404, '404 page not found\n'] : [400, 'join_request is required'],
      '/twirp/livekit.RoomService/ListRooms': [200, '{"rooms":[{"name":"a"}]}'],
    };
    const [status, body] = changed[path] ?? usual[path] ?? [404, '404 page not found\n'];
    response.writeHead(status).end(body);
  };
}

async function probe(url: string, skipTLSVerify = false, timeoutMs = 2_000): Promise<ProbeFacts> {
  return probeSfu({ ...keys, url, skipTLSVerify }, { timeoutMs });
}
const ids = (facts: ProbeFacts, skipTLSVerify = false) =>
  probeFindings(facts, skipTLSVerify, new Date()).map(({ id, severity }) => `${severity} ${id}`);

describe('a probe of a server that works', () => {
  test.each([
    ['1.9.0', { below: '1.9.12' }],
    ['1.11.0', { atLeast: '1.9.12', below: '1.13.0' }],
    ['1.13.5', { atLeast: '1.13.0' }],
  ] as const)('%s finds nothing to mend and bounds the release', async (version, release) => {
    const port = await listen(createHttp(livekit(version)));
    const facts = await probe(`ws://127.0.0.1:${port}`);
    expect(facts).toMatchObject({
      host: '127.0.0.1',
      port,
      tcp: { address: '127.0.0.1' },
      root: { status: 200, body: 'OK' },
      validate: { outcome: 'ok' },
      rooms: { count: 1 },
      release,
    });
    expect(Math.abs(facts.clockSkewMs ?? Number.NaN)).toBeLessThan(2_000);
    expect(ids(facts)).toEqual([]);
  });
});

describe('a probe tells apart', () => {
  test('a name that does not resolve', async () => {
    const facts = await probe('http://livekit.invalid');
    expect(facts.dns).toMatchObject({ code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) });
    expect(ids(facts)).toEqual(['error sfu/api-unreachable']);
  });

  test('a port that refuses', async () => {
    const facts = await probe(`http://127.0.0.1:${await freePort()}`);
    expect(facts.tcp).toMatchObject({ code: 'ECONNREFUSED' });
    expect(ids(facts)).toEqual(['error sfu/api-unreachable']);
  });

  test('a port that takes the connection and is silent', async () => {
    const server = createTcp();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const silent = ['http', 'https'].map((scheme) => probe(`${scheme}://127.0.0.1:${port}`, false, 200));
    for (const facts of await Promise.all(silent)) expect(ids(facts)).toEqual(['error sfu/api-unreachable']);
    server.close();
  });

  test.each<[string, Record<string, [number, string]>, string]>([
    [
      'a key the server lacks',
      { '/rtc/validate': [401, 'invalid API key: APIkey'] },
      'error token/wrong-key',
    ],
    [
      'another secret',
      {
        '/rtc/validate': [
          401,
          'invalid token: eyJabcdefgh.x.y, error: token signature is invalid: signature is invalid',
        ],
      },
      'error token/wrong-secret',
    ],
    [
      'a clock that is behind',
      { '/rtc/validate': [401, 'invalid token: x, error: token has invalid claims: token is not valid yet'] },
      'error clock/skew',
    ],
    ['a grant that is lost', { '/rtc/validate': [401, 'permissions denied'] }, 'error token/grants'],
    ['a page instead of LiveKit', { '/rtc/validate': [200, '<html>'] }, 'error proxy/partial-paths'],
    ['a proxy that knows only /rtc', { '/rtc/v1/validate': [200, '<html>'] }, 'error proxy/partial-paths'],
    [
      'a proxy without /twirp',
      { '/twirp/livekit.RoomService/ListRooms': [404, 'nginx'] },
      'error proxy/partial-paths',
    ],
    ['a node that is overloaded', { '/': [406, 'Not Ready'] }, 'warning sfu/overloaded'],
    [
      'plain HTTP at a TLS port',
      { '/': [400, 'Client sent an HTTP request to an HTTPS server.'] },
      'error url/scheme-mismatch',
    ],
  ])('%s', async (_, changed, finding) => {
    const port = await listen(createHttp(livekit('1.13.5', changed)));
    const facts = await probe(`http://127.0.0.1:${port}`);
    expect(ids(facts)).toContain(finding);
    expect(JSON.stringify(facts)).not.toContain('eyJ');
  });

  test('clocks that differ', async () => {
    const answer = livekit('1.13.5');
    const port = await listen(
      createHttp((request, response) => {
        response.setHeader('date', new Date(Date.now() - 45_000).toUTCString());
        answer(request, response);
      }),
    );
    const facts = await probe(`http://127.0.0.1:${port}`);
    expect(ids(facts)).toEqual(['warning clock/skew']);
    expect(probeFindings(facts, false, new Date())[0]?.message).toMatch(/4[56] s behind/);
    expect(ids({ ...facts, clockSkewMs: 90_000 })).toEqual(['error clock/skew']);
  });

  test('TLS where there is none', async () => {
    const port = await listen(createHttp(livekit('1.13.5')));
    expect(ids(await probe(`https://127.0.0.1:${port}`))).toEqual(['error url/scheme-mismatch']);
  });

  test('a certificate that nobody vouches for, unless it may pass', async () => {
    const file = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url));
    const tls = { cert: file('meet.pem'), key: file('meet.key') };
    const port = await listen(createHttps(tls, livekit('1.13.5')));
    const url = `https://localhost:${port}`;
    const refused = await probe(url);
    expect(refused).toMatchObject({
      tls: { problem: expect.any(String), names: expect.arrayContaining(['meet.example.com']) },
    });
    expect(refused).not.toHaveProperty('root');
    expect(ids(refused)).toContain('error tls/self-signed-sfu');
    const passed = await probe(url, true);
    expect(passed).toMatchObject({ validate: { outcome: 'ok' } });
    expect(ids(passed, true)).toContain('warning tls/self-signed-sfu');
  });

  test.each([
    [-1, 'error tls/expiring'],
    [10, 'warning tls/expiring'],
    [60, undefined],
  ])('a certificate that ends in %i days', (days, finding) => {
    const facts: ProbeFacts = {
      url: 'https://sfu.example.com',
      host: 'sfu.example.com',
      port: 443,
      tls: {
        protocol: 'TLSv1.3',
        subject: 'sfu.example.com',
        issuer: 'R11',
        names: ['sfu.example.com'],
        validTo: new Date(Date.now() + days * 86_400_000).toISOString(),
      },
    };
    expect(ids(facts)).toEqual(finding === undefined ? [] : [finding]);
  });
});

test('a probe can be interrupted', async () => {
  const port = await listen(createHttp(() => {}));
  const controller = new AbortController();
  const attempt = probeSfu(
    { ...keys, url: `http://127.0.0.1:${port}`, skipTLSVerify: false },
    { timeoutMs: 10_000, signal: controller.signal },
  );
  servers[0]?.once('request', () => controller.abort(new Error('interrupted')));
  await expect(attempt).rejects.toThrow('interrupted');
});
