import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FactSource } from '../../../src/doctor/facts/gather.ts';
import { readLog } from '../../../src/doctor/facts/log.ts';
import { mintToken } from '../../../src/sfu/tokens.ts';
import { freePort } from '../../helpers/ports.ts';
import { config, doctor, external, findingsOf, key, recreates } from '../recreate.ts';
import { externalAt } from '../servers.ts';

const started =
  '2026-11-20T12:00:00.113Z\tINFO\tlivekit\tservice/server.go:292\tstarting LiveKit server\t{"portHttp": 7880, "nodeIP": "10.0.0.5", "version": "1.13.5"}';
const request = (error: string, time = '12:00:02') =>
  `2026-11-20T${time}.839Z\tWARN\tlivekit\tservice/utils.go:84\terror handling request\t{"status": 401, "error": "invalid token: eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJBUEl4In0.c2lnbmF0dXJl, error: ${error}"}`;
const webhook =
  '2026-11-20T12:00:05.784Z\tWARN\tlivekit.webhook\twebhook/resource_url_notifier.go:331\tfailed to send webhook\t{"event": "room_started", "url": "http://127.0.0.1:9/x", "error": "giving up"}';
const log = (...lines: string[]) => ({
  files: { 'config.yaml': config({ livekit: external }) },
  args: ['--log', '-'],
  stdin: `${lines.join('\n')}\n`,
});

describe('a failed start', () => {
  recreates('sfu/crashed-at-start', 'one bare line, and exit status 0', log('TURN domain required'), {
    message: /\[turn\/domain-required\]/,
    hint: /livekit\.turn\.domain/,
    file: '-',
    line: 1,
  });
  recreates(
    'sfu/crashed-at-start',
    'again and again, in docker compose',
    log(...Array.from({ length: 3 }, () => 'livekit-1  | could not resolve external IP')),
    { message: /\[node-ip\/unresolved\] \(3 times\)/, hint: /livekit\.nodeIP/, line: 3 },
  );
  recreates(
    'sfu/crashed-at-start',
    'in the journal',
    log(
      'Nov 20 12:00:00 meet livekit-server[4711]: unable to connect to redis: dial tcp 127.0.0.1:6379: connect: connection refused',
      'Nov 20 12:00:01 meet systemd[1]: livekit.service: Deactivated successfully.',
      'Nov 20 12:00:06 meet livekit-server[4713]: unable to connect to redis: dial tcp 127.0.0.1:6379: connect: connection refused',
    ),
    {
      message: /\[redis\/unreachable\] \(2 times, Nov 20 12:00:00 to Nov 20 12:00:06\)/,
      hint: /redis\.address/,
    },
  );

  recreates(
    'sfu/crashed-at-start',
    'in the journal that systemd keeps, without anybody saying so',
    async () => {
      const directory = mkdtempSync(join(tmpdir(), 'bedrud-journal-'));
      onTestFinished(() => rmSync(directory, { recursive: true }));
      const lines = [
        '2026-11-20T12:00:00+0000 meet livekit-server[4711]: TURN domain required',
        '2026-11-20T12:00:00+0000 meet systemd[1]: livekit.service: Deactivated successfully.',
      ];
      const script = `#!/bin/sh\n[ "$*" = "--unit livekit.service --lines 500 --output short-iso --no-pager --quiet" ] || exit 1\n`;
      writeFileSync(join(directory, 'journalctl'), `${script}cat <<END\n${lines.join('\n')}\nEND\n`);
      chmodSync(join(directory, 'journalctl'), 0o755);
      return {
        live: true,
        env: { PATH: `${directory}:${process.env['PATH']}` },
        files: {
          ...externalAt(await freePort()),
          'livekit.service':
            '[Service]\nExecStart=/usr/bin/livekit-server --config /etc/livekit.yaml\nRestart=always\n',
        },
        args: ['--unit', 'livekit.service'],
      };
    },
    {
      message: /the journal of livekit\.service ends with: .*\[turn\/domain-required\] \(2026-11-20T12:00:00/,
      hint: /livekit\.turn\.domain/,
    },
  );

  test('is history once it has started', async () => {
    const ran = await doctor(
      log('TURN domain required', started),
      '--json',
      '--only',
      'sfu/crashed-at-start',
    );
    expect(findingsOf(ran, 'sfu/crashed-at-start')).toEqual([
      expect.objectContaining({ severity: 'info', message: expect.stringContaining('it has started since') }),
    ]);
  });
});

describe('a server that runs', () => {
  recreates(
    'token/expired',
    'clients come too late',
    log(
      started,
      request('token has invalid claims: token is expired'),
      request('token is expired (exp)', '12:30:00'),
    ),
    {
      severity: 'warning',
      message: /\(2 times, .*12:00:02.*to.*12:30:00/,
      hint: /POST \/api\/room\/join/,
      line: 3,
    },
  );
  recreates('webhook/unreachable', 'failed to send webhook', log(started, webhook), {
    severity: 'warning',
    message: /webhooks are not delivered/,
    hint: /webhook\.urls/,
    file: '-',
    line: 2,
  });
  recreates(
    'media/udp-blocked',
    'participants join, and there is no audio or video',
    log(
      started,
      '2026-11-20T12:01:05.784Z\tINFO\tlivekit\trtc/room.go:1449\tremoving participant without connection\t{"room": "r", "participant": "ana", "connectionType": "unknown", "reason": "JOIN_TIMEOUT"}',
      '2026-11-20T12:02:05.784Z\tINFO\tlivekit\trtc/room.go:1449\tremoving participant without connection\t{"room": "r", "participant": "ben", "connectionType": "unknown", "reason": "CLIENT_REQUEST_LEAVE"}',
    ),
    {
      severity: 'warning',
      message: /get no media connection \(2026-11-20T12:01:05/,
      hint: /UDP ports/,
      line: 2,
    },
  );
  recreates(
    'token/wrong-key',
    'in JSON, between other things',
    log(
      'hello',
      '{"level":"warn","ts":1795168802.5,"logger":"livekit","caller":"service/utils.go:84","msg":"error handling request","status":401,"error":"invalid API key: APIx"}',
    ),
    { severity: 'warning', message: /a key that LiveKit does not have/, hint: /livekit\.apiKey/ },
  );

  const warned = (message: string, fields = '{}') =>
    log(started, `2026-11-20T12:00:05.784Z\tWARN\tlivekit\tservice/x.go:1\t${message}\t${fields}`);
  recreates(
    'token/wrong-secret',
    'clients sign otherwise',
    log(started, request('token signature is invalid')),
    {
      severity: 'warning',
      message: /signed with another secret/,
      hint: /livekit\.apiSecret/,
    },
  );
  recreates('sfu/overloaded', 'the node has no time', warned('status update delayed, possible deadlock'), {
    severity: 'warning',
    message: /statistics are late/,
    hint: /CPU/,
  });
  recreates(
    'host/udp-buffers',
    'livekit-server says so',
    warned('UDP receive buffer is too small for a production set-up'),
    { severity: 'warning', message: /finds the UDP buffers too small/, hint: /rmem_max/ },
  );
  recreates(
    'room/remote-unmute',
    'somebody tried',
    warned('cannot unmute track, remote unmute is disabled'),
    { severity: 'warning', message: /somebody tried to unmute/, hint: /enable_remote_unmute/ },
  );

  test('has nothing to say of the token that probing has refused on purpose', async () => {
    const ours = mintToken(
      { apiKey: key, apiSecret: 'x' },
      { identity: 'bedrud-probe', room: 'bedrud-probe' },
    );
    const line = request('token signature is invalid').replace(/eyJ[\w.-]+/, ours);
    const ran = await doctor(log(started, line), '--json', '--only', 'token');
    expect(ran.json().summary).toMatchObject({ warn: 0, fail: 0 });
  });

  test('has nothing to say when all is well', async () => {
    const ran = await doctor(log(started), '--json', '--only', 'sfu/crashed-at-start,token,webhook');
    expect(ran.json().summary).toMatchObject({ warn: 0, fail: 0 });
    expect(ran.json().checks).toContainEqual(
      expect.objectContaining({ id: 'sfu/crashed-at-start', status: 'pass' }),
    );
  });

  test('shows no token that clients sent', async () => {
    for (const format of ['text', 'json', 'github', 'sarif', 'junit']) {
      const ran = await doctor(log(started, request('token is expired')), '--format', format);
      expect(ran.stdout).toContain('token/expired');
      expect(ran.stdout + ran.stderr).not.toContain('eyJ');
    }
  });
});

/** A line as each keeper of logs has it. */
const iso = '2026-11-20T12:00:00.113456789Z';
const micros = String(Date.parse('2026-11-20T12:00:00Z') * 1000);
const keepers: [string, (line: string) => string, string][] = [
  ['as it is', (line) => line, ''],
  ['journalctl', (line) => `Nov 20 12:00:00 meet livekit-server[4711]: ${line}`, 'Nov 20 12:00:00'],
  [
    'journalctl -o short-precise',
    (line) => `Nov 20 12:00:00.113456 meet livekit-server[4711]: ${line}`,
    'Nov 20 12:00:00.113456',
  ],
  [
    'journalctl -o short-iso',
    (line) => `2026-11-20T12:00:00+0100 meet livekit-server[4711]: ${line}`,
    '2026-11-20T12:00:00+0100',
  ],
  [
    'journalctl -o short-full',
    (line) => `Fri 2026-11-20 12:00:00 CET meet livekit-server[4711]: ${line}`,
    'Fri 2026-11-20 12:00:00 CET',
  ],
  [
    'journalctl -o json',
    (line) => JSON.stringify({ __REALTIME_TIMESTAMP: micros, _PID: '4711', MESSAGE: line }),
    '2026-11-20T12:00:00.000Z',
  ],
  [
    'journalctl -o json, of bytes',
    (line) => JSON.stringify({ MESSAGE: [...Buffer.from(line)], __REALTIME_TIMESTAMP: micros }),
    '2026-11-20T12:00:00.000Z',
  ],
  ['docker logs --timestamps', (line) => `${iso} ${line}`, iso],
  ['docker compose logs', (line) => `livekit-1  | ${line}`, ''],
  ['docker compose logs, in colour', (line) => `\u001b[36mlivekit-1  |\u001b[0m ${line}`, ''],
  ['docker compose logs --timestamps', (line) => `livekit-1  | ${iso} ${line}`, iso],
  [
    "docker's json-file driver",
    (line) => JSON.stringify({ log: `${line}\n`, stream: 'stderr', time: iso }),
    iso,
  ],
  ['Kubernetes', (line) => `${iso} stderr F ${line}`, iso],
  ['kubectl logs --prefix --timestamps', (line) => `[pod/livekit-0/livekit] ${iso} ${line}`, iso],
];

describe.each(keepers)('kept by %s', (_, kept, time) => {
  const lines = (...all: string[]) => [Buffer.from(`${all.map(kept).join('\n')}\n`)];
  const at = time === '' ? {} : { firstTime: time, lastTime: time };

  test('a failed start is found', async () => {
    expect(await read(lines('TURN domain required', 'TURN domain required'))).toMatchObject({
      failures: [{ id: 'turn/domain-required', count: 2, firstLine: 1, lastLine: 2, ...at }],
      ended: true,
    });
  });

  test.each([
    ['on the console', webhook],
    [
      'in JSON',
      '{"level":"warn","ts":1795168802.5,"logger":"livekit.webhook","caller":"webhook/x.go:331","msg":"failed to send webhook","url":"http://127.0.0.1:9/ü"}',
    ],
  ])('what goes wrong later is found, %s', async (_, line) => {
    const { findings, failures, ended } = await read(lines('TURN domain required', started, line));
    expect(findings).toMatchObject([{ id: 'webhook/unreachable', line: 3 }]);
    expect(failures).toHaveLength(1);
    expect(ended).toBe(false);
  });

  test('lines of no consequence are passed over', async () => {
    const quiet = started.replace('starting LiveKit server', 'mediaTrack published');
    expect(await read(lines(quiet, 'hello', '', quiet))).toMatchObject({
      failures: [],
      findings: [],
      ended: false,
    });
  });
});

describe('passed on by bedrud serve', () => {
  const served = (level: string, msg: string, fields: object = {}) =>
    JSON.stringify({ level, time: '2026-11-20T12:00:00.113Z', source: 'livekit', ...fields, msg });

  test('failed starts and later troubles are found, with the time that serve gave them', async () => {
    const text = [
      served('warn', 'TURN domain required'),
      served('info', 'starting LiveKit server', { portHttp: 7880 }),
      served('warn', 'failed to send webhook', { url: 'http://127.0.0.1:9/x' }),
      JSON.stringify({ level: 'warn', time: '2026-11-20T12:00:00.113Z', msg: 'failed to send webhook' }),
    ];
    expect(await read([Buffer.from(text.join('\n'))])).toMatchObject({
      failures: [{ id: 'turn/domain-required', count: 1, firstTime: '2026-11-20T12:00:00.113Z' }],
      findings: [{ id: 'webhook/unreachable', line: 3, message: expect.stringContaining('12:00:00.113Z') }],
      ended: false,
    });
  });
});

test('what Kubernetes has cut into parts is one line', async () => {
  const part = (kind: string, text: string) => `${iso} stderr ${kind} ${text}\n`;
  const cut = [part('P', 'hello'), part('P', 'TURN domain required'), part('F', 'TURN domain required')];
  expect((await read([Buffer.from(cut.join(''))])).failures).toEqual([]);
  const whole = [...cut, part('F', 'TURN domain required')];
  expect((await read([Buffer.from(whole.join(''))])).failures).toMatchObject([{ firstLine: 4 }]);
});

test('a line without an end, or cut at any byte, is read the same', async () => {
  const text = Buffer.from(`${started}\nnaïve ✓\nTURN domain required\n${webhook}`);
  const whole = await read([text]);
  for (let at = 0; at < text.length; at += 7) {
    expect(await read([text.subarray(0, at), text.subarray(at)])).toEqual(whole);
  }
  expect(whole).toMatchObject({
    failures: [{ id: 'turn/domain-required', firstLine: 3 }],
    findings: [{ line: 4 }],
  });
});

test('a line of a hundred megabytes takes no more memory than a short one', async () => {
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  async function* endless() {
    for (let i = 0; i < 100; i += 1) {
      // What counts is what is held, not what has not been collected yet.
      if (i % 10 === 0) {
        collectGarbage();
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      }
      yield chunk;
    }
    yield Buffer.from('\nTURN domain required\n');
  }
  expect(await read(endless())).toMatchObject({ failures: [{ id: 'turn/domain-required', firstLine: 2 }] });
  expect(most).toBeLessThan(64 * 1024 * 1024);
});

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

function read(chunks: Iterable<Buffer> | AsyncIterable<Buffer>) {
  const source = { question: { log: { name: key, chunks: Readable.from(chunks) } } } as unknown as FactSource;
  return readLog(source, new AbortController().signal);
}
