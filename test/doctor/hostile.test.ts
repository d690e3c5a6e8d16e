import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Diagnosis } from '../../src/doctor/index.ts';
import { doctor, findingsOf, key, secret } from './recreate.ts';
import { externalAt, http, silentUdp, tcp } from './servers.ts';

/** Longer than any run may take, on a machine that is busy as well; vitest ends the test then. In milliseconds. */
const patience = 40_000;

const run = (files: Record<string, string>, ...args: string[]) =>
  doctor({ live: true, files, args }, '--json');
const broken = (ran: Awaited<ReturnType<typeof doctor>>) =>
  ran
    .json<Diagnosis>()
    .checks.flatMap(({ findings }) => findings.filter(({ id }) => id === 'doctor/broken-check'));

describe('a server that', () => {
  test(
    'takes connections and says nothing',
    async () => {
      const ran = await run(externalAt(await tcp(() => {})));
      expect(findingsOf(ran, 'sfu/api-unreachable')).toHaveLength(1);
      expect(broken(ran)).toEqual([]);
    },
    patience,
  );

  test(
    'sends a byte at a time and never ends',
    async () => {
      const port = await tcp((socket) => {
        const drip = setInterval(() => socket.write('H'), 50);
        socket.on('close', () => clearInterval(drip));
      });
      const ran = await run(externalAt(port));
      expect(
        findingsOf(ran, 'sfu/api-unreachable').concat(findingsOf(ran, 'url/scheme-mismatch')),
      ).not.toEqual([]);
      expect(broken(ran)).toEqual([]);
    },
    patience,
  );

  test(
    'sends a body without an end',
    async () => {
      const port = await http((_, answer) => {
        const flood = () => {
          while (!answer.destroyed && answer.write('x'.repeat(65_536)));
        };
        answer.on('drain', flood);
        flood();
      });
      const ran = await run(externalAt(port));
      expect(ran.status).toBe(1);
      expect(broken(ran)).toEqual([]);
    },
    patience,
  );

  test(
    'redirects to itself for ever',
    async () => {
      const port = await http(({ url }, answer) => answer.writeHead(302, { location: `${url}x` }).end());
      const ran = await run(externalAt(port));
      expect(findingsOf(ran, 'sfu/api-unreachable')).toContainEqual(
        expect.objectContaining({ message: expect.stringContaining('redirects') }),
      );
      expect(findingsOf(ran, 'proxy/no-upgrade')).toContainEqual(
        expect.objectContaining({ message: expect.stringContaining('302') }),
      );
    },
    patience,
  );

  test.each(['https', 'http'])(
    'answers %s with noise',
    async (scheme) => {
      const port = await tcp((socket) => socket.on('data', () => socket.write(randomBytes(512))));
      const ran = await run(externalAt(`${scheme}://127.0.0.1:${port}`));
      expect(ran.status).toBe(1);
      expect(
        findingsOf(ran, 'sfu/api-unreachable').concat(findingsOf(ran, 'url/scheme-mismatch')),
      ).not.toEqual([]);
      expect(broken(ran)).toEqual([]);
    },
    patience,
  );
});

test(
  'everything silent at once still ends, with each cause named',
  async () => {
    const silent = await tcp(() => {});
    const stun = await silentUdp();
    const files = {
      ...externalAt(silent),
      'livekit.yaml': `keys: {${key}: ${secret}}
redis: {address: "127.0.0.1:${silent}"}
webhook: {urls: ["http://127.0.0.1:${silent}/api/livekit/webhook"], api_key: ${key}}
rtc: {use_external_ip: true, stun_servers: ["127.0.0.1:${stun}"], node_ip: 127.0.0.1}
turn: {enabled: true, udp_port: ${stun}}
`,
    };
    const ran = await run(files, '--livekit-config', 'livekit.yaml');
    const failed = ran.json<Diagnosis>().checks.filter(({ status }) => status === 'fail');
    expect(failed.map(({ id }) => id)).toEqual(
      expect.arrayContaining([
        'redis/unreachable',
        'sfu/api-unreachable',
        'sfu/signal-unreachable',
        'turn/unavailable',
        'webhook/unreachable',
      ]),
    );
    expect(broken(ran)).toEqual([]);
  },
  patience,
);

test(
  '--timeout ends a run that waits, and says what is not known',
  async () => {
    const ran = await run(externalAt(await tcp(() => {})), '--timeout', '300ms');
    const api = ran.json<Diagnosis>().checks.find(({ id }) => id === 'sfu/api-unreachable');
    expect(api).toMatchObject({ status: 'skip', reason: 'not known within 300ms (--timeout)' });
  },
  patience,
);

test('a log of a gigabyte, of which all but the end is one line, is read to its end', {
  timeout: 120_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bedrud-log-'));
  const file = join(folder, 'livekit.log');
  // Sparse: it takes up no room.
  writeFileSync(file, '');
  truncateSync(file, 1024 ** 3);
  appendFileSync(file, '\nTURN domain required\n');
  const ran = await doctor(
    { args: ['--log', file, '--only', 'sfu/crashed-at-start', '--timeout', '100s'] },
    '--json',
  ).finally(() => rmSync(folder, { recursive: true }));
  expect(findingsOf(ran, 'sfu/crashed-at-start')).toMatchObject([
    { severity: 'error', line: 2, message: expect.stringContaining('turn/domain-required') },
  ]);
});

test('a log without an end ends with the run', { timeout: 60_000 }, async () => {
  const ran = await doctor(
    { args: ['--log', '/dev/zero', '--only', 'sfu/crashed-at-start', '--timeout', '1s'] },
    '--json',
  );
  expect(ran.json<Diagnosis>().checks).toMatchObject([
    { status: 'skip', reason: expect.stringContaining('1s') },
  ]);
});
