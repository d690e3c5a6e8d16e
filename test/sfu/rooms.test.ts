import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { roomService } from '../../src/sfu/rooms.ts';
import { twirpCode } from '../../src/sfu/twirp.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function rooms(handler: RequestListener) {
  const started = createServer(handler);
  server = started;
  await new Promise<void>((done) => started.listen(0, '127.0.0.1', done));
  return roomService({
    url: `http://127.0.0.1:${(started.address() as AddressInfo).port}`,
    apiKey: 'devkey',
    apiSecret: 'a-secret-of-at-least-32-characters',
    skipTLSVerify: false,
  });
}
const answer =
  (status: number, body: string, type = 'application/json', headers = {}): RequestListener =>
  (_, response) =>
    response.writeHead(status, { 'content-type': type, ...headers }).end(body);
const twirpError = (status: number, code: string, msg: string) =>
  answer(status, JSON.stringify({ code, msg }));

test("the SDK's client speaks through our transport", async () => {
  const seen: (string | undefined)[] = [];
  const client = await rooms((request, response) => {
    seen.push(request.method, request.url, request.headers.authorization?.slice(0, 10));
    response.end('{"rooms":[{"sid":"RM_1","name":"stand-up","num_participants":2,"news":1}]}');
  });
  const found = await client.listRooms(['stand-up']);
  expect(seen).toEqual(['POST', '/twirp/livekit.RoomService/ListRooms', 'Bearer eyJ']);
  expect(found).toMatchObject([{ sid: 'RM_1', name: 'stand-up', numParticipants: 2 }]);
});

test.each<[string, RequestListener, object]>([
  [
    'an unknown key',
    answer(401, 'invalid API key: devkey', 'text/plain'),
    {
      code: 'sfu/denied',
      message: 'livekit-server refused to list rooms: invalid API key: devkey',
      hint: expect.stringContaining('LIVEKIT_API_KEY'),
    },
  ],
  [
    'a wrong secret (1.13)',
    answer(
      401,
      'invalid token: eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJkIn0.c2ln, error: token signature is invalid: signature is invalid',
    ),
    {
      code: 'sfu/denied',
      message: 'livekit-server refused to list rooms: token signature is invalid: signature is invalid',
      hint: expect.stringContaining('LIVEKIT_API_SECRET'),
    },
  ],
  [
    'a wrong secret (before 1.13)',
    answer(
      401,
      'invalid token: eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJkIn0.c2ln, error: go-jose/go-jose: error in cryptographic primitive',
    ),
    { code: 'sfu/denied', hint: expect.stringContaining('LIVEKIT_API_SECRET') },
  ],
  [
    'clocks apart',
    answer(401, 'invalid token: x, error: token has invalid claims: token is not valid yet', 'text/plain', {
      date: new Date(Date.now() - 300_000).toUTCString(),
    }),
    { code: 'sfu/denied', hint: expect.stringMatching(/clock is 3\d\d s behind this host's/) },
  ],
  [
    'a header lost on the way',
    twirpError(401, 'unauthenticated', 'permissions denied'),
    { code: 'sfu/denied', hint: expect.stringContaining('Authorization header') },
  ],
  [
    'what is not there',
    twirpError(404, 'not_found', 'requested room does not exist'),
    { code: 'sfu/not-found', message: 'cannot list rooms: requested room does not exist', http: 404 },
  ],
  [
    'an old server',
    twirpError(404, 'bad_route', 'no handler for path'),
    { code: 'sfu/failed', hint: 'upgrade livekit-server' },
  ],
  ['a busy node', twirpError(503, 'unavailable', 'no response from servers'), { code: 'sfu/failed' }],
  [
    'an API of another kind',
    answer(404, '{"code":"not_found","detail":"nothing here"}', 'application/problem+json'),
    { code: 'sfu/not-livekit' },
  ],
  [
    "a proxy's page",
    answer(502, '<html>Bad Gateway</html>', 'text/html'),
    { code: 'sfu/not-livekit', message: expect.stringMatching(/: 502 text\/html$/) },
  ],
  [
    'an application that answers everything',
    answer(200, '<!doctype html><p>Welcome', 'text/html; charset=utf-8'),
    { code: 'sfu/not-livekit', message: expect.stringMatching(/: 200 text\/html$/) },
  ],
])('%s becomes a failure that says what to do', async (_, handler, expected) => {
  const client = await rooms(handler);
  await expect(client.listRooms()).rejects.toMatchObject({ exit: 3, ...expected });
});

test("the server's code is at hand for who reacts to it", async () => {
  const client = await rooms(twirpError(412, 'failed_precondition', 'remote unmute not enabled'));
  const error = await client.mutePublishedTrack('r', 'ana', 'TR_1', false).catch((e: unknown) => e);
  expect(twirpCode(error)).toBe('failed_precondition');
});
