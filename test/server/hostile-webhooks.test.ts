/** Deliveries that LiveKit would never send: none changes anything, and each is told so in its own way. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Refusals } from '../../src/server/webhook/refusals.ts';
import { mintToken } from '../../src/sfu/tokens.ts';
import { keys, makeServer, type TestServer } from './helpers.ts';
import { type Delivery, deliver, event, hashOf, sign, token } from './webhook-delivery.ts';

const joined = JSON.stringify(event('participant_joined'));
const sha256 = hashOf(joined);
const now = Math.floor(Date.now() / 1000);
const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const signed = (body: string | Buffer): Delivery => ({ body, authorization: sign(body) });
const tokenFor = (claims: object, how?: Parameters<typeof token>[1]): Delivery => ({
  authorization: token({ sha256, ...claims }, how),
});
const [header = '', claims = '', signature = ''] = sign(joined).split('.');
const rsa = { alg: 'RS256', typ: 'JWT' };

const cases: [status: number, what: string, delivery: Delivery][] = [
  // Who says so?
  [401, 'no signature', { authorization: undefined }],
  [401, 'an empty signature', { authorization: '' }],
  [401, 'no token', { authorization: 'let me in' }],
  [401, 'Basic', { authorization: `Basic ${Buffer.from('admin:admin').toString('base64')}` }],
  [401, 'dots', { authorization: '..' }],
  [401, 'a token without its signature', { authorization: `${header}.${claims}.` }],
  [401, 'a token without its last part', { authorization: `${header}.${claims}` }],
  [401, 'a token with a part too many', { authorization: `${header}.${claims}.${signature}.x` }],
  [
    401,
    'a signature that was altered',
    { authorization: `${header}.${claims}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}` },
  ],
  [401, 'claims that were altered', { authorization: `${header}.${claims.slice(0, -4)}AAAA.${signature}` }],
  [401, 'another secret', tokenFor({}, { secret: 'x'.repeat(40) })],
  [401, 'an empty secret', tokenFor({}, { secret: '' })],
  [401, 'the key as the secret', tokenFor({}, { secret: keys.apiKey })],
  [401, 'another key', tokenFor({ iss: 'APIother' })],
  [401, 'no key', tokenFor({ iss: undefined })],
  [401, 'a list of keys', tokenFor({ iss: [keys.apiKey] })],
  [
    401,
    'alg none',
    { authorization: `${token({ sha256 }, { header: { alg: 'none' } }).replace(/[^.]*$/, '')}` },
  ],
  [401, 'alg none with a signature', tokenFor({}, { header: { alg: 'none' } })],
  [401, 'alg None', tokenFor({}, { header: { alg: 'None' } })],
  [401, 'alg RS256, signed with the secret', tokenFor({}, { header: rsa })],
  [401, 'no alg', tokenFor({}, { header: {} })],
  [401, 'alg HS512, signed as HS256', tokenFor({}, { header: { alg: 'HS512' } })],
  [401, 'an unknown critical header', tokenFor({}, { header: { alg: 'HS256', crit: ['x'], x: 1 } })],
  // When?
  [401, 'an expired token', tokenFor({ exp: now - 60 })],
  [401, 'a token of the future', tokenFor({ nbf: now + 3600 })],
  [401, 'a token that never expires', tokenFor({ exp: undefined })],
  [401, 'times that are no numbers', tokenFor({ exp: 'tomorrow' })],
  // What?
  [401, 'no hash', tokenFor({ sha256: undefined })],
  [401, 'an empty hash', tokenFor({ sha256: '' })],
  [401, 'a hash that is a list', tokenFor({ sha256: [sha256] })],
  [401, 'the hash in hexadecimal', tokenFor({ sha256: Buffer.from(sha256, 'base64').toString('hex') })],
  [401, 'the hash of another body', tokenFor({ sha256: hashOf('{}') })],
  [401, 'a participant’s token', { authorization: mintToken(keys, { identity: 'eve', room: 'standup' }) }],
  [401, 'one byte altered', { body: joined.replace('ben', 'bem'), authorization: sign(joined) }],
  [401, 'a line end added', { body: `${joined}\n`, authorization: sign(joined) }],
  [401, 'a byte order mark added', { body: `\uFEFF${joined}`, authorization: sign(joined) }],
  [401, 'cut off', { body: joined.slice(0, -1), authorization: sign(joined) }],
  [401, 'written anew', { body: JSON.stringify(JSON.parse(joined), null, 1), authorization: sign(joined) }],
  [401, 'no body', { body: '', authorization: sign(joined) }],
  [401, 'bytes that decode to the same text', { body: Buffer.from([0xff]), authorization: sign('\uFFFD') }],
  // As what?
  [415, 'plain JSON', { type: 'application/json' }],
  [415, 'text', { type: 'text/plain' }],
  [415, 'a form', { type: 'application/x-www-form-urlencoded' }],
  [415, 'no type', { type: undefined }],
  [415, 'nearly the type', { type: 'application/webhook+jsonx' }],
  [415, 'the type as a parameter', { type: 'text/plain; type=application/webhook+json' }],
  // Too much
  [401, 'a megabyte and more, not signed', { body: 'y'.repeat(1_100_000), authorization: undefined }],
  [413, 'a megabyte and more, signed', signed(`{"x":"${'y'.repeat(1_100_000)}"}`)],
  [401, 'deep JSON, not signed', { body: deep(200_000), authorization: sign(joined) }],
  [400, 'deep JSON, signed', signed(deep(200_000))],
  [400, 'deep JSON where a participant goes', signed(`{"participant":${deep(200_000)}}`)],
  [400, 'deep JSON where a number goes', signed(`{"createdAt":${deep(200_000)}}`)],
  // Signed, but no event
  [400, 'nothing', signed('')],
  [400, 'no JSON', signed('{"event":')],
  [400, 'bytes that are no text', signed(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))],
  [400, 'null', signed('null')],
  [400, 'a list', signed('[]')],
  [400, 'a number', signed('42')],
  [400, 'a name that is no text', signed('{"event":{"not":"text"}}')],
  [400, 'a time that is no number', signed('{"event":"participant_joined","createdAt":"soon"}')],
  [400, 'a number that is too large', signed('{"createdAt":"99999999999999999999999"}')],
  // By another method
  [405, 'GET', { method: 'GET' }],
];

describe('a hostile webhook', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await makeServer();
    await server.context.store.rooms.create({
      name: 'standup',
      createdBy: 'ana',
      mode: 'standard',
      isPublic: true,
      maxParticipants: 5,
      settings: {},
    });
  });
  afterEach(() => server.close());

  test.each(cases)('%i: %s', async (status, _, delivery) => {
    const answer = await deliver(server, {}, { body: joined, ...delivery });
    expect(answer).toMatchObject({ status, type: expect.stringContaining('urn:bedrud:error:') });
    expect(await server.context.store.sessions.open()).toEqual([]);
    const { applied, known, ignored, failed, ...refused } = server.context.metrics.webhooks.counts;
    expect({ applied, known, ignored, failed }).toEqual({ applied: 0, known: 0, ignored: 0, failed: 0 });
    expect(Object.values(refused).reduce((sum, count) => sum + count)).toBe(status === 405 ? 0 : 1);
    // The event that it spoils is still as good as new.
    expect(await deliver(server, JSON.parse(joined))).toMatchObject({ status: 'applied' });
  });

  test('replayed changes nothing, for as long as its signature is good', async () => {
    const over = { body: joined, authorization: sign(joined) };
    const left = JSON.stringify(event('participant_left'));
    expect(await deliver(server, {}, over)).toMatchObject({ status: 'applied' });
    expect(await deliver(server, {}, { body: left })).toMatchObject({ status: 'applied' });
    for (let i = 0; i < 20; i += 1)
      expect(await deliver(server, {}, over)).toMatchObject({ status: 'known' });
    expect(await server.context.store.sessions.open()).toEqual([]);
  });

  test('under the names of prototypes sets nothing', async () => {
    const body = '{"__proto__":{"event":"participant_joined"},"constructor":{"prototype":{"id":"x"}}}';
    expect(await deliver(server, {}, { body })).toMatchObject({ status: 'ignored' });
    expect(({} as { id?: string }).id).toBeUndefined();
  });

  test('after many others from its address is told to wait, and LiveKit is let through', async () => {
    const guess = { body: joined, authorization: 'guess' };
    for (let i = 0; i < 60; i += 1) expect(await deliver(server, {}, guess)).toMatchObject({ status: 401 });
    expect(await deliver(server, {}, guess)).toMatchObject({ status: 429, code: 'webhook/rate-limited' });
    expect(await deliver(server, {}, { body: joined })).toMatchObject({ status: 'applied' });
    expect(server.context.metrics.webhooks.counts).toMatchObject({ unauthenticated: 60, rate_limited: 1 });
  });
});

test('refusals are forgiven with time, and by address', () => {
  let time = 0;
  const refusals = new Refusals(() => time);
  for (let i = 0; i < 60; i += 1) expect(refusals.allows('192.0.2.1')).toBe(true);
  expect(refusals.allows('192.0.2.1')).toBe(false);
  expect(refusals.allows('192.0.2.2')).toBe(true);
  time += 2_000;
  expect(refusals.allows('192.0.2.1')).toBe(true);
  expect(refusals.allows('192.0.2.1')).toBe(false);
});

test('of very many addresses the oldest are forgotten', () => {
  const refusals = new Refusals(() => 0);
  for (let i = 0; i < 61; i += 1) refusals.allows('192.0.2.1');
  for (let i = 0; i < 10_000; i += 1) refusals.allows(`2001:db8::${i}`);
  expect(refusals.allows('192.0.2.1')).toBe(true);
});
