/** Webhooks whose HTTP is the trick: what libraries would never send. */
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeServer, type TestServer } from './helpers.ts';
import { event, sign } from './webhook-delivery.ts';

const body = JSON.stringify(event('participant_joined'));
const bytes = Buffer.byteLength(body);
const type = 'Content-Type: application/webhook+json';
const good = `Authorization: ${sign(body)}`;
const bad = 'Authorization: guess';
const length = (n: number) => `Content-Length: ${n}`;
const chunked = 'Transfer-Encoding: chunked';
const chunk = (text: string, size = Buffer.byteLength(text)) => `${size.toString(16)}\r\n${text}\r\n`;

let server: TestServer;
let port: number;
beforeAll(async () => {
  server = await makeServer();
  const { store } = server.context;
  const room = { name: 'standup', createdBy: 'ana', mode: 'standard', isPublic: true, maxParticipants: 5 };
  await store.rooms.create({ ...room, settings: {} });
  port = Number(new URL(await server.app.listen({ host: '127.0.0.1', port: 0 })).port);
});
afterAll(() => server.close());

/**
 * Sends that, and unless `waits` no more will come.
 * @returns the statuses of the answers, once the server has hung up
 */
function send(headers: string[], content: string, waits = false): Promise<number[]> {
  const head = ['POST /api/livekit/webhook HTTP/1.1', 'Host: localhost', ...headers].join('\r\n');
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`${head}\r\n\r\n${content}`);
      if (!waits) socket.end();
    });
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.once('error', reject);
    socket.once('close', () =>
      resolve([...answer.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status))),
    );
  });
}

test.each<[what: string, statuses: number[], headers: string[], content: string]>([
  ['two signatures, the first of them wrong', [401], [type, bad, good, length(bytes)], body],
  ['two types, the first of them wrong', [415], ['Content-Type: a/b', type, good, length(bytes)], body],
  ['a length and chunks', [400], [type, good, length(bytes), chunked], chunk(body) + chunk('')],
  ['chunks and a length of none', [400], [type, good, chunked, length(0)], chunk(body) + chunk('')],
  ['two lengths', [400], [type, good, length(bytes), length(bytes - 1)], body],
  ['a length below zero', [400], [type, good, length(-1)], body],
  ['a length that is no number', [400], [type, good, 'Content-Length: 0x10'], body],
  ['a length that is too short', [400], [type, good, length(bytes - 1)], body],
  ['a length that is too long', [400], [type, good, length(bytes + 1)], body],
  ['a length over a megabyte and a small body', [413], [type, good, length(1_048_577)], body],
  ['a chunk that is shorter than it says', [400], [type, good, chunked], chunk(body, bytes + 1)],
  ['a chunk whose size is no number', [400], [type, good, chunked], `zz\r\n${body}\r\n0\r\n\r\n`],
  ['chunks that never end', [400], [type, good, chunked], chunk(body)],
  ['another coding than chunks', [400], [type, good, 'Transfer-Encoding: gzip'], body],
  ['a signature of 20 KB', [431], [type, `Authorization: ${'A'.repeat(20_000)}`, length(bytes)], body],
  ['a signature with U+0000', [400], [type, `${good}\0`, length(bytes)], body],
  ['a signature on two lines', [400], [type, `${good}\r\n more`, length(bytes)], body],
  ['a space before the colon', [400], [type, good.replace(':', ' :'), length(bytes)], body],
])('%s: %j', async (_, statuses, headers, content) => {
  expect(await send(headers, content)).toEqual(statuses);
  expect(await server.context.store.sessions.open()).toEqual([]);
});

test('the same event, sent as it should be, in chunks', async () => {
  const content = chunk(body.slice(0, 100)) + chunk(body.slice(100)) + chunk('');
  expect(await send([type, good, chunked, 'Connection: close'], content, true)).toEqual([200]);
  expect(await server.context.store.sessions.open()).toHaveLength(1);
});
