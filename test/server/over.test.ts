/** Requests whose clients don't wait: they are in the log and in the metrics as well, each once. */
import { request } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { until } from '../helpers/poll.ts';
import { bearer, makeServer, type TestServer } from './helpers.ts';

let server: TestServer;
afterEach(() => server?.close());

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

  const lines = logged()
    .split('\n')
    .filter((line) => line.includes('"msg":"request"') && line.includes('kick'));
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ status: 499, user: 'ana' }]);
  const counted = server.context.metrics.requests
    .samples()
    .filter(({ part, labels }) => part === 'count' && String(labels['route']).includes('kick'));
  expect(counted).toMatchObject([{ labels: { status: '499' }, value: 1 }]);
});
