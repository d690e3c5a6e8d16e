import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { decodeToken, hasSignature } from '../../../src/sfu/verify.ts';
import { freePort } from '../../helpers/ports.ts';
import { config, doctor, findingsOf, key, recreates, secret, sees, staysSilent } from '../recreate.ts';
import { http, silentUdp, stunOverTcp, tcp } from '../servers.ts';

const file = (text: string, more: Record<string, string> = {}) => ({
  live: true,
  files: {
    // Its port is nobody's, so that nothing else on this machine is asked.
    'config.yaml': config({ livekit: 'port: 1' }),
    'livekit.yaml': `port: 1\nkeys: {${key}: ${secret}}\n${text}`,
    ...more,
  },
  args: ['--livekit-config', 'livekit.yaml', ...Object.keys(more).flatMap((name) => ['--compose', name])],
});

describe('Redis', () => {
  const redis = (port: number | string) => file(`redis: {address: "127.0.0.1:${port}"}`);
  recreates('redis/unreachable', 'connection refused', async () => redis(await freePort()), {
    message: /Redis at 127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED/,
    hint: /redis\.address/,
  });
  recreates(
    'redis/unreachable',
    'wrong credentials',
    async () =>
      redis(
        await tcp((socket) => socket.on('data', () => socket.write('-NOAUTH Authentication required.\r\n'))),
      ),
    { message: /refuses the credentials/, hint: /redis\.password/ },
  );
  recreates('redis/unreachable', 'something that is no Redis', async () => redis(await tcp(() => {})), {
    message: /does not answer/,
    hint: /redis\.tls/,
  });
  recreates(
    'redis/unreachable',
    'a URL where host:port is wanted',
    file('redis: {address: "redis://127.0.0.1:6379"}'),
    {
      message: /not host:port/,
      hint: /no scheme/,
    },
  );

  test('is left alone when it is a service that only compose can reach', async () => {
    const compose = 'services: {redis: {image: redis}, livekit: {image: "livekit/livekit-server:v1.13.5"}}';
    const ran = await doctor(
      file('redis: {address: "redis:6379"}', { 'compose.yaml': compose }),
      '--json',
      '--only',
      'redis/unreachable',
    );
    // Of the two that look for it one, the log's, was given nothing to look at.
    expect(ran.json().checks[0]).toMatchObject({ status: 'skip', findings: [] });
  });
});

describe('webhooks', () => {
  const webhook = (url: string) => file(`webhook: {urls: ["${url}"], api_key: ${key}}`);
  const at = (port: number) => webhook(`http://127.0.0.1:${port}/api/livekit/webhook`);
  recreates('webhook/unreachable', 'connection refused', async () => at(await freePort()), {
    message: /cannot be reached: connect ECONNREFUSED/,
    hint: /webhook\.urls/,
  });
  recreates(
    'webhook/unreachable',
    'the signature is refused',
    async () => at(await http((_, answer) => answer.writeHead(401).end())),
    { message: /answers 401 to a signed webhook/, hint: /same key and secret/ },
  );
  recreates(
    'webhook/unreachable',
    'a wrong path',
    async () => at(await http((_, answer) => answer.writeHead(404).end())),
    {
      message: /answers 404/,
      hint: /\/api\/livekit\/webhook/,
    },
  );
  recreates(
    'webhook/redirect',
    'a POST becomes a GET',
    async () =>
      at(await http((_, answer) => answer.writeHead(301, { location: 'https://meet.example.com/x' }).end())),
    { message: /redirects \(301\) to https:\/\/meet\.example\.com\/x/, hint: /set webhook\.urls to https/ },
  );

  test('are delivered as LiveKit delivers them', async () => {
    const seen: { body: string; headers: NodeJS.Dict<string | string[]> }[] = [];
    const port = await http((request, answer) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        seen.push({ body, headers: request.headers });
        answer.end();
      });
    });
    const ran = await doctor(at(port), '--json', '--only', 'webhook/unreachable');
    expect(findingsOf(ran, 'webhook/unreachable')).toEqual([]);
    expect(seen).toHaveLength(1);
    const [{ body, headers } = { body: '', headers: {} }] = seen;
    expect(headers['content-type']).toBe('application/webhook+json');
    const token = decodeToken(String(headers.authorization));
    expect(hasSignature(token, secret)).toBe(true);
    expect(token.claims).toMatchObject({
      iss: key,
      sha256: createHash('sha256').update(body).digest('base64'),
    });
    expect(JSON.parse(body)).toMatchObject({
      event: 'participant_left',
      participant: { identity: 'bedrud-doctor', state: 'DISCONNECTED' },
      room: { name: expect.stringMatching(/^bedrud-doctor-/) },
    });
  });
});

describe('STUN and TURN', () => {
  recreates(
    'node-ip/unresolved',
    'could not resolve external IP, in a container',
    async () => {
      const stun = await silentUdp();
      const compose = 'services: {livekit: {image: "livekit/livekit-server:v1.13.5"}}';
      return file(`rtc: {use_external_ip: true, stun_servers: ["127.0.0.1:${stun}"]}`, {
        'compose.yaml': compose,
      });
    },
    {
      message: /no STUN server answers: 127\.0\.0\.1:\d+ \(no answer within 3 s\)/,
      hint: /use_external_ip: false/,
    },
  );
  recreates(
    'node-ip/stun-unreachable',
    'could not resolve external IP, not in a container',
    async () => {
      const stun = await silentUdp();
      const compose = 'services: {livekit: {image: "livekit/livekit-server:v1.13.5", network_mode: host}}';
      return file(`rtc: {use_external_ip: true, stun_servers: ["127.0.0.1:${stun}"]}`, {
        'compose.yaml': compose,
      });
    },
    { message: /no STUN server answers/, hint: /livekit\.nodeIP/ },
  );
  recreates(
    'turn/unavailable',
    'TURN over UDP is blocked',
    async () => file(`rtc: {node_ip: 127.0.0.1}\nturn: {enabled: true, udp_port: ${await silentUdp()}}`),
    { message: /turn:127\.0\.0\.1:\d+: no answer within 3 s/, hint: /open \d+\/udp/ },
  );
  recreates(
    'turn/unavailable',
    'the domain does not resolve',
    file('turn: {enabled: true, domain: turn.invalid, udp_port: 0, tls_port: 5349, external_tls: true}'),
    { message: /turn\.domain is turn\.invalid, which does not resolve/, hint: /DNS record/ },
  );
  const overTls = (port: number) =>
    file(`turn: {enabled: true, domain: localhost, udp_port: 0, tls_port: ${port}}`);
  recreates('turn/external-tls-mismatch', 'nobody ends TLS', async () => overTls(await stunOverTcp(0)), {
    message: /turns:localhost:\d+: TURN answers there without TLS/,
    hint: /turn\.cert_file/,
  });
  recreates('turn/external-tls-mismatch', 'two end it', async () => overTls(await stunOverTcp(2)), {
    message: /TLS is ended on the way, and TURN behind it wants TLS again/,
    hint: /external_tls: true/,
  });
  recreates(
    'turn/unavailable',
    'a certificate that clients do not accept',
    async () => overTls(await stunOverTcp(1)),
    {
      message: /serves a certificate that clients do not accept: DEPTH_ZERO_SELF_SIGNED_CERT/,
      hint: /public authority/,
    },
  );
  recreates('turn/unavailable', 'TURN is off', file('room: {}'), {
    severity: 'info',
    message: /TURN is off/,
    hint: /livekit\.turn\.enabled/,
  });

  sees(
    'turn/unavailable',
    'the domain leads elsewhere',
    {
      turn: {
        enabled: true,
        domain: { name: 'turn.example.com', addresses: ['198.51.100.9'] },
        nodeIp: '198.51.100.7',
        servers: [],
      },
    },
    {
      severity: 'warning',
      message: /leads to 198\.51\.100\.9, and LiveKit is at 198\.51\.100\.7/,
      hint: /point turn/,
    },
  );

  const server = (announced: boolean, port: number, problem = 'it does not speak STUN there') => ({
    turn: {
      enabled: true,
      servers: [
        {
          url: `turns:turn.example.com:${port}`,
          transport: 'tls' as const,
          port,
          announced,
          answer: { ok: false as const, problem },
        },
      ],
    },
  });
  sees('turn/port-443', 'a web server where clients look for TURN', server(true, 443), {
    message: /clients are told turns:turn\.example\.com:443: it does not speak STUN/,
    hint: /route 443/,
  });
  sees('turn/unavailable', 'TLS is ended in front of TURN', server(false, 5349), {
    message: /turns:turn\.example\.com:5349: it does not speak STUN/,
    hint: /pass TCP on as it is/,
  });
  sees(
    'turn/stale-cert',
    'renewed, and not restarted',
    {
      turn: {
        enabled: true,
        certFile: '/etc/bedrud/cert.pem',
        servers: [
          {
            url: 'turns:turn.example.com:443',
            transport: 'tls',
            port: 443,
            announced: true,
            answer: { ok: true, certificate: { serialNumber: '01', validTo: new Date('2026-12-01') } },
          },
        ],
      },
      certificate: {
        certFile: 'cert.pem',
        path: '/etc/bedrud/cert.pem',
        keyFile: 'key.pem',
        now: new Date('2026-11-20'),
        certificate: { serialNumber: '02', validTo: new Date('2027-02-01'), ownKey: true },
      },
    },
    {
      severity: 'warning',
      message: /until 2026-12-01\) that is not the one in cert\.pem/,
      hint: /restart livekit-server/,
    },
  );
});

describe("the server's certificate", () => {
  const fixture = (name: string) => new URL(`../../fixtures/tls/${name}`, import.meta.url).pathname;
  const tls = (certFile: string, keyFile: string) => ({
    files: {
      'config.yaml': config({ server: `enableTLS: true\ncertFile: ${certFile}\nkeyFile: ${keyFile}` }),
    },
  });
  const pair = tls(fixture('meet.pem'), fixture('meet.key'));
  recreates('tls/key-mismatch', 'another key', tls(fixture('meet.pem'), fixture('other.key')), {
    message: /other\.key is not the key of/,
    hint: /server\.keyFile/,
  });
  recreates(
    'tls/expiring',
    'it has expired',
    { ...pair, now: new Date('2127-01-01') },
    {
      message: /meet\.pem expired on 2126-10-30/,
      hint: /renew/,
    },
  );
  recreates(
    'tls/expiring',
    'it is about to',
    { ...pair, now: new Date('2126-10-20') },
    {
      severity: 'warning',
      message: /meet\.pem expires in 10d/,
      hint: /renew/,
    },
  );
  recreates('tls/expiring', 'a certificate that is none', tls(fixture('meet.key'), fixture('meet.key')), {
    message: /no certificate and key in PEM/,
    hint: /server\.certFile/,
  });
  staysSilent('tls/key-mismatch', 'a pair', pair);
});
