/** One port with a certificate: the API, the signal connection and TURN/TLS, to a real livekit-server. */
import { execFile } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { makeCertificate } from '../helpers/certificate.ts';
import { describeWith, findProgram } from '../helpers/needs.ts';
import { until } from '../helpers/poll.ts';
import { freePort } from '../helpers/ports.ts';
import { initialise, leftovers, makePlace, type Place, type Serving, serve } from '../helpers/serve.ts';
import { SignalClient } from '../helpers/signal-client.ts';
import { accessToken } from '../server/helpers.ts';

describeWith(['livekit-server', 'openssl', 'turnutils_uclient'], 'serve with TLS', () => {
  let here: Place;
  let serving: Serving;
  let jwtSecret: string;
  const unverified = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  beforeAll(() => {
    // The certificate is this test's own, and the WebSocket of the signal client takes no authority to trust.
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  });
  afterAll(() => {
    if (unverified === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = unverified;
  });
  beforeEach(async () => {
    here = await makePlace({ LIVEKIT_SERVER_BIN: findProgram('livekit-server') ?? '' });
    const { certFile, keyFile } = makeCertificate('meet.example.com');
    const [udp, tls] = [await freePort(), await freePort()];
    const made = await initialise(here, {
      server: `domain: meet.example.com\n  certFile: ${certFile}\n  keyFile: ${keyFile}`,
      livekit: `turn: {udpPort: ${udp}, tlsPort: ${tls}}`,
      tls: true,
    });
    jwtSecret = made.jwtSecret;
    serving = await serve(here, '-v');
  });
  afterEach(async () => {
    serving.kill('SIGKILL');
    await serving.ended;
  });

  async function api(method: string, path: string, body?: object) {
    const response = await fetch(`${serving.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await accessToken('ana', {}, { secret: jwtSecret })}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    // biome-ignore lint/suspicious/noExplicitAny: documents of every shape
    return { status: response.status, body: (await response.json()) as any };
  }

  test('join, signal, webhook and a TURN allocation go over the one port', { timeout: 40_000 }, async () => {
    expect(serving.url).toMatch(/^https:/);
    await api('POST', '/api/room/create', { name: 'standup', isPublic: true });
    const { body } = await api('POST', '/api/room/join', { roomName: 'standup' });
    const port = new URL(serving.url).port;
    expect(body.livekitHost).toBe(`wss://meet.example.com:${port}/livekit`);

    const client = await SignalClient.join(`wss://127.0.0.1:${port}/livekit`, body.token);
    const join = await client.wait('join');
    const turn = join.iceServers.find(({ urls }) => urls.some((url) => url.startsWith('turns:')));
    expect(turn?.urls).toContain('turns:meet.example.com:443?transport=tcp');
    // LiveKit tells that somebody joined once media flows, which this client has none of.
    await until('a webhook', () => serving.log().some((line) => line['event'] === 'room_started'));

    const said = await new Promise<string>((resolve) => {
      const where = ['-t', '-S', '-p', port, '127.0.0.1'];
      const who = ['-u', turn?.username ?? '', '-w', turn?.credential ?? ''];
      // A minute at most by itself; what is asked here is over in two seconds.
      execFile(
        'turnutils_uclient',
        ['-v', '-c', '-n', '1', '-m', '1', '-y', ...who, ...where],
        { timeout: 15_000 },
        (_, stdout, stderr) => resolve(stdout + stderr),
      );
    });
    expect(said).toMatch(/allocate response received:\s*\n?.*success/);
    expect(said).toContain('relay addr');
    expect((await api('GET', '/api/room/list')).status).toBe(200);

    await client.leave();
    serving.kill('SIGTERM');
    expect(await serving.ended).toBe(143);
    expect(await leftovers(here)).toEqual([]);
  });
});
