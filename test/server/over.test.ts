/** What the log and the metrics say of requests that are over, also of those whose clients did not wait. */
import { request } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { until } from '../helpers/poll.ts';
import { bearer, makeServer, type TestServer } from './helpers.ts';

let server: TestServer;
afterEach(() => server?.close());

/** Of requests for paths with this in it. */
const linesOf = (part: string) =>
  server
    .logged()
    .split('\n')
    .filter((line) => line.includes('"msg":"request"'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ path }) => String(path).includes(part));

test('the line of a request that was refused says why', async () => {
  server = await makeServer();
  const headers = await bearer('ana');
  await server.app.inject({
    method: 'POST',
    url: '/api/room/join?a=b',
    headers,
    payload: { roomName: 'nowhere' },
  });
  await server.app.inject({ url: '/api/room/list', headers });
  expect(linesOf('/join')).toMatchObject([{ path: '/api/room/join', status: 404, code: 'room/not-found' }]);
  expect(linesOf('/list')[0]).not.toHaveProperty('code');
});

test('a request whose client has left counts as 499, even when it is carried out later', async () => {
  let asked = false;
  let agree = () => {};
  const removeParticipant = () => {
    asked = true;
    return new Promise<void>((resolve) => {
      agree = resolve;
    });
  };
  server = await makeServer({ control: { removeParticipant } });
  const { app, logged } = server;
  const headers = { ...(await bearer('ana')), 'content-type': 'application/json' };
  const payload = { name: 'standup' };
  const created = await app.inject({ method: 'POST', url: '/api/room/create', headers, payload });
  const base = await app.listen({ port: 0, host: '127.0.0.1' });

  const url = `${base}/api/room/${created.json().id}/kick/ben`;
  const client = request(url, { method: 'POST', headers }).on('error', () => {});
  client.end('{}');
  await until('LiveKit is asked', () => asked);
  client.destroy();
  await until('a line in the log', () => logged().includes('"status":499'));
  agree();
  await until('that it is carried out', () => logged().includes('participant kicked'));
  await app.close();

  expect(linesOf('kick')).toMatchObject([{ status: 499, user: 'ana', ip: '127.0.0.1' }]);
  const counted = server.context.metrics.requests
    .samples()
    .filter(({ part, labels }) => part === 'count' && String(labels['route']).includes('kick'));
  expect(counted).toMatchObject([{ labels: { status: '499' }, value: 1 }]);
});
