import { describe, expect, test } from 'vitest';
import { Document } from '../../../src/doctor/document.ts';
import { freePort } from '../../helpers/ports.ts';
import { config, doctor, recreates, secret, sees } from '../recreate.ts';
import { externalAt, http, https, livekit, proxy, tcp } from '../servers.ts';

const live = true;

describe('a LiveKit that runs', () => {
  test('has nothing wrong with it', async () => {
    const ran = await doctor({ live, files: externalAt(await livekit()) }, '--json', '--fail-on', 'warning');
    expect(ran.json().checks.flatMap((check: { findings: unknown[] }) => check.findings)).not.toContainEqual(
      expect.objectContaining({ severity: expect.stringMatching(/error|warning/) }),
    );
    expect(ran.status).toBe(0);
    const passed = ran.json().checks.filter((check: { status: string }) => check.status === 'pass');
    expect(passed.map((check: { id: string }) => check.id)).toEqual(
      expect.arrayContaining([
        'sfu/api-unreachable',
        'sfu/signal-unreachable',
        'proxy/no-upgrade',
        'clock/skew',
      ]),
    );
  });
});

describe('the API', () => {
  recreates(
    'sfu/api-unreachable',
    'connection refused',
    async () => ({ live, files: externalAt(await freePort()) }),
    {
      message: /127\.0\.0\.1:\d+ refuses connections/,
      hint: /start livekit-server/,
    },
  );
  recreates(
    'sfu/api-unreachable',
    'the name does not resolve',
    { live, files: externalAt('http://livekit.invalid:7880') },
    {
      message: /livekit\.invalid does not resolve/,
      hint: /livekit\.internalHost/,
    },
  );
  recreates(
    'sfu/api-unreachable',
    'it never answers',
    async () => ({ live, files: externalAt(await tcp(() => {})) }),
    {
      message: /no answer within 3 s/,
      hint: /firewall/,
    },
  );
  recreates(
    'sfu/overloaded',
    'status 406',
    async () => {
      const answers = ({ url }: { url?: string }) =>
        url === '/' ? { status: 406, type: 'text/plain' } : undefined;
      return { live, files: externalAt(await proxy(await livekit(), { answers })) };
    },
    { severity: 'warning', message: /answers 406/, hint: /load/ },
  );
  recreates(
    'tls/self-signed-sfu',
    'certificate errors',
    async () => ({
      live,
      files: externalAt(`https://127.0.0.1:${await https((_, answer) => answer.end('OK'))}`),
    }),
    { message: /does not verify/, hint: /livekit\.skipTLSVerify/ },
  );
  recreates(
    'url/scheme-mismatch',
    'https where LiveKit speaks http',
    async () => ({ live, files: externalAt(`https://127.0.0.1:${await livekit()}`) }),
    { message: /says TLS, and the server there speaks none/, hint: /http:\/\// },
  );
  recreates(
    'url/scheme-mismatch',
    'ws:// from a page that came over https',
    {
      files: {
        'config.yaml': config({ livekit: 'host: ws://meet.example.com:7880' }).replace(
          'auth:',
          'auth:\n  frontendURL: https://meet.example.com',
        ),
      },
    },
    { message: /livekit\.host is ws:\/\/meet/, hint: /wss:\/\// },
  );
  recreates(
    'clock/skew',
    'token is not valid yet',
    async () => {
      const headers = { date: new Date(Date.now() - 300_000).toUTCString() };
      return { live, files: externalAt(await proxy(await livekit(), { headers })) };
    },
    { message: /(300|299|301) s behind this host/, hint: /NTP/ },
  );
  recreates(
    'token/wrong-secret',
    'everything is answered 401',
    async () => ({ live, files: externalAt(await livekit('another-secret-of-the-tests-0123456789')) }),
    { message: /another secret/, hint: /livekit\.apiSecret/ },
  );
});

describe('the way clients come', () => {
  recreates(
    'version/client-server',
    'nobody with a current page gets in',
    async () => ({ live, files: externalAt(await livekit(secret, '1.9.0')) }),
    { severity: 'warning', message: /livekit-server here is 1\.9\.0/, hint: /1\.9\.11 or later/ },
  );
  recreates(
    'version/known-bad',
    'a release that panics, seen by joining it',
    async () => ({ live, files: externalAt(await livekit(secret, '1.9.10')) }),
    { severity: 'warning', message: /1\.9\.10 panics under load/, hint: /1\.9\.11 or later/ },
  );
  recreates(
    'sfu/signal-unreachable',
    'a token, and then a timeout',
    async () => ({ live, files: externalAt(await livekit(), await freePort()) }),
    {
      message: /no WebSocket at ws:\/\/127\.0\.0\.1:\d+: .*takes the same join/,
      hint: /livekit\.host, its DNS/,
    },
  );
  recreates(
    'proxy/no-upgrade',
    'the Upgrade header is dropped',
    async () => {
      const sfu = await livekit();
      return { live, files: externalAt(sfu, await proxy(sfu, { noUpgrade: true })) };
    },
    { message: /\/rtc answers \d+ .*instead of opening a WebSocket/, hint: /Upgrade/ },
  );
  recreates(
    'proxy/no-upgrade',
    'a page where LiveKit should be',
    async () => ({
      live,
      files: externalAt(
        await livekit(),
        await http((_, answer) => answer.writeHead(200, { 'content-type': 'text/html' }).end('<html>')),
      ),
    }),
    { message: /answers 200 text\/html/, hint: /fallback of the page/ },
  );
  recreates(
    'proxy/no-upgrade',
    'a proxy that does not reach LiveKit',
    async () => ({
      live,
      files: externalAt(await livekit(), await proxy(await freePort(), { noUpgrade: true })),
    }),
    { message: /answers 502/, hint: /upstream/ },
  );
  recreates(
    'proxy/partial-paths',
    'only /rtc is passed on',
    async () => {
      const answers = ({ url = '' }) => (url.startsWith('/twirp') ? { status: 404 } : undefined);
      return { live, files: externalAt(await proxy(await livekit(), { answers })) };
    },
    { message: /\/twirp.* is not answered by LiveKit: status 404/, hint: /\/twirp/ },
  );
});

sees(
  'node-ip/private-behind-nat',
  'clients relay without need',
  {
    publicHost: { name: 'meet.example.com', publicAddresses: ['198.51.100.7'] },
    livekit: {
      name: 'livekit.yaml',
      rendered: false,
      document: new Document('rtc: {node_ip: 10.0.0.5}', 'livekit.yaml'),
    },
  },
  {
    severity: 'warning',
    message: /connect to meet\.example\.com \(198\.51\.100\.7\) and are told to send media to 10\.0\.0\.5/,
    hint: /public address/,
  },
);
