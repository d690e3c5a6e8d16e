/** Webhooks of a real livekit-server that never arrive, and a database that is right all the same. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dispose } from '@livekit/rtc-node';
import { RoomServiceClient } from 'livekit-server-sdk';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { configureExternal } from '../helpers/external.ts';
import { enter, type LiveKit, startLiveKit } from '../helpers/livekit.ts';
import { describeWith } from '../helpers/needs.ts';
import { until } from '../helpers/poll.ts';
import { makePlace, type Serving, serve } from '../helpers/serve.ts';
import { accessToken, keys } from '../server/helpers.ts';

/** A round comes every ten seconds, give or take a fifth. */
const soon = 20_000;

describeWith(['livekit-server'], 'serve and a livekit-server whose webhooks are lost', () => {
  let livekit: LiveKit;
  let serving: Serving;
  let relay: Server;
  /** Whether a webhook gets through. Those that don't count as delivered for LiveKit. */
  let lets: (event: string) => boolean;
  let lost: string[];

  beforeEach(async () => {
    lost = [];
    lets = () => true;
    relay = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      const { event } = JSON.parse(body.toString()) as { event: string };
      if (!lets(event)) {
        lost.push(event);
        response.end();
        return;
      }
      const { authorization = '', 'content-type': type = '' } = request.headers;
      const headers = { authorization, 'content-type': type };
      const answer = await fetch(`${serving.url}/api/livekit/webhook`, { method: 'POST', body, headers });
      response.writeHead(answer.status).end();
    });
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
    const urls = [`http://127.0.0.1:${(relay.address() as AddressInfo).port}/`];
    livekit = await startLiveKit(
      { [keys.apiKey]: keys.apiSecret },
      { webhook: { urls, api_key: keys.apiKey }, room: { departure_timeout: 1, empty_timeout: 5 } },
    );
    const place = await makePlace({ PATH: '/nonexistent' });
    await configureExternal(place, livekit.url, { host: livekit.url.replace('http', 'ws') });
    serving = await serve(place, '-v');
    await call('POST', '/api/room/create', { name: 'standup', isPublic: true });
  });
  afterEach(async () => {
    serving.kill('SIGKILL');
    await serving.ended;
    await livekit.stop();
    relay.close();
  });
  afterAll(() => dispose());

  async function call(method: string, path: string, body?: object, user = 'ana') {
    const response = await fetch(`${serving.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await accessToken(user)}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    // biome-ignore lint/suspicious/noExplicitAny: documents of every shape
    return (await response.json()) as any;
  }
  const participants = async () => (await call('GET', '/api/room/list'))[0].participants as number;
  const inRoom = (count: number, withinMs = soon) =>
    until(`${count} in the database`, async () => (await participants()) === count, withinMs);
  async function joinAs(user: string): Promise<Awaited<ReturnType<typeof enter>>> {
    const { livekitHost, token } = await call('POST', '/api/room/join', { roomName: 'standup' }, user);
    return enter(livekitHost, token);
  }

  test('joins, departures and the end of a room are seen without any webhook', {
    timeout: 120_000,
  }, async () => {
    lets = () => false;
    const ana = await joinAs('ana');
    const ben = await joinAs('ben');
    await inRoom(2);
    await ben.leave();
    await inRoom(1);
    const sdk = new RoomServiceClient(livekit.url, keys.apiKey, keys.apiSecret);
    await sdk.deleteRoom('standup');
    await ana.gone;
    await inRoom(0);
    expect(lost).toEqual(expect.arrayContaining(['participant_joined', 'participant_left', 'room_finished']));
  });

  test('a departure that is lost among webhooks that arrive heals too', {
    timeout: 120_000,
  }, async () => {
    lets = (event) => event !== 'participant_left';
    const ana = await joinAs('ana');
    await joinAs('ben');
    await inRoom(2, 5_000);
    await ana.leave();
    await until('that its webhook is lost', () => lost.includes('participant_left'));
    await inRoom(1);
    const rounds = () =>
      serving
        .log()
        .filter(({ msg }) => msg === 'state reconciled')
        .map(({ reason, left }) => ({ reason, left }));
    expect(rounds()).toContainEqual({ reason: 'timer', left: 1 });
  });
});
