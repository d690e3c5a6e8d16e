/** Deliveries that LiveKit would never send: none changes anything, and each is told so in its own way. */
import { generateKeyPairSync, sign as signWith } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { WebhookOutcome } from '../../src/server/metrics/index.ts';
import { Refusals } from '../../src/server/webhook/refusals.ts';
import { mintToken } from '../../src/sfu/tokens.ts';
import type { DatabaseLocation } from '../../src/store/index.ts';
import { lasting, onEachDatabase } from '../helpers/databases.ts';
import { accessToken, keys, makeServer, type TestServer } from './helpers.ts';
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
/** As `alg` signs, with a key that nobody knows; `more` in the header may say where to get it. */
function asymmetric(alg: 'RS256' | 'ES256', more: object = {}): Delivery {
  const { privateKey: key } =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const [head, body] = token({ sha256 }, { header: { alg, typ: 'JWT', ...more } }).split('.');
  const signature = signWith('sha256', Buffer.from(`${head}.${body}`), { key, dsaEncoding: 'ieee-p1363' });
  return { authorization: `${head}.${body}.${signature.toString('base64url')}` };
}
const guessed = 'a-secret-that-somebody-made-up-for-this-1';
/** An event of LiveKit's with other things in it, signed. */
const told = (over: object, name = 'participant_joined') => signed(JSON.stringify(event(name, over)));
const toldOf = (participant: object) =>
  told({ participant: { sid: 'PA_1', identity: 'ben', name: 'Ben', ...participant } });
/** What no compression makes small. */
const long = Array.from({ length: 50_000 }, () => Math.random().toString(36).slice(2)).join('');
const endOfTime = '9223372036854775807';

const refused: [status: number, what: string, delivery: Delivery][] = [
  // Who says so?
  [401, 'no signature', { authorization: undefined }],
  [401, 'an empty signature', { authorization: '' }],
  [401, 'no token', { authorization: 'let me in' }],
  [401, 'a good token after Bearer', { authorization: `Bearer ${sign(joined)}` }],
  [401, 'a good token after bearer', { authorization: `bearer ${sign(joined)}` }],
  [401, 'two good tokens', { authorization: `${sign(joined)}, ${sign(joined)}` }],
  [401, 'an access token of the API', { authorization: await accessToken('ana') }],
  [401, 'a token as long as a book', { authorization: `${header}.${'A'.repeat(1_000_000)}.${signature}` }],
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
  [401, 'alg none in capitals', { authorization: `${token({ sha256 }, { header: { alg: 'NONE' } })}` }],
  [401, 'alg RS256, signed with the secret', tokenFor({}, { header: { alg: 'RS256' } })],
  [401, 'alg RS256, and a key of its own', asymmetric('RS256')],
  [
    401,
    'alg RS256, and where to fetch its key',
    asymmetric('RS256', { jku: 'http://127.0.0.1/keys', kid: '1' }),
  ],
  [401, 'alg ES256, and a key of its own', asymmetric('ES256')],
  [
    401,
    'alg HS256, and its secret beside it',
    tokenFor({}, { secret: guessed, header: { alg: 'HS256', jwk: { kty: 'oct', k: btoa(guessed) } } }),
  ],
  [
    401,
    'a key’s name that is a path',
    tokenFor({}, { secret: '', header: { alg: 'HS256', kid: '../../../../dev/null' } }),
  ],
  [401, 'no alg', tokenFor({}, { header: {} })],
  [401, 'alg HS512, signed as HS512', tokenFor({}, { header: { alg: 'HS512' }, hash: 'sha512' })],
  [401, 'alg HS256, signed as HS512', tokenFor({}, { hash: 'sha512' })],
  [401, 'a list of algs', tokenFor({}, { header: { alg: ['HS256'] } })],
  [401, 'alg HS512, signed as HS256', tokenFor({}, { header: { alg: 'HS512' } })],
  [401, 'an unknown critical header', tokenFor({}, { header: { alg: 'HS256', crit: ['x'], x: 1 } })],
  // When?
  [401, 'an expired token', tokenFor({ exp: now - 60 })],
  [401, 'a token of the future', tokenFor({ nbf: now + 3600 })],
  [401, 'a token that expired half a second ago, and the tolerance', tokenFor({ exp: now - 10.5 })],
  [401, 'an expiry that is text', tokenFor({ exp: String(now + 300) })],
  [401, 'an expiry that is null', tokenFor({ exp: null })],
  [401, 'a list of expiries', tokenFor({ exp: [now + 300] })],
  [401, 'an expiry before time began', tokenFor({ exp: -1e308 })],
  [401, 'a beginning that is text', tokenFor({ nbf: String(now) })],
  [401, 'an issue that is text', tokenFor({ iat: 'now' })],
  [401, 'a token that never expires', tokenFor({ exp: undefined })],
  [401, 'times that are no numbers', tokenFor({ exp: 'tomorrow' })],
  // What?
  [401, 'no hash', tokenFor({ sha256: undefined })],
  [401, 'an empty hash', tokenFor({ sha256: '' })],
  [401, 'a hash that is a list', tokenFor({ sha256: [sha256] })],
  [401, 'a hash that is a number', tokenFor({ sha256: 42 })],
  [401, 'a hash that is an object', tokenFor({ sha256: { toString: sha256 } })],
  [401, 'a hash that is true', tokenFor({ sha256: true })],
  [401, 'the hash without its padding', tokenFor({ sha256: sha256.replace('=', '') })],
  [401, 'the hash and a space', tokenFor({ sha256: `${sha256} ` })],
  [
    401,
    'the hash in base64url',
    tokenFor({ sha256: sha256.replaceAll('+', '-').replaceAll('/', '_').replace('=', '') }),
  ],
  [401, 'the hash in hexadecimal', tokenFor({ sha256: Buffer.from(sha256, 'base64').toString('hex') })],
  [401, 'the hash of another body', tokenFor({ sha256: hashOf('{}') })],
  [401, 'a participant’s token', { authorization: mintToken(keys, { identity: 'eve', room: 'standup' }) }],
  [401, 'one byte altered', { body: joined.replace('ben', 'bem'), authorization: sign(joined) }],
  [401, 'a line end added', { body: `${joined}\n`, authorization: sign(joined) }],
  [401, 'a byte order mark added', { body: `\uFEFF${joined}`, authorization: sign(joined) }],
  [401, 'cut off', { body: joined.slice(0, -1), authorization: sign(joined) }],
  [
    401,
    'another event in front',
    { body: `{"event":"room_finished"}${joined}`, authorization: sign(joined) },
  ],
  [
    401,
    'compressed',
    { body: gzipSync(joined), authorization: sign(joined), headers: { 'content-encoding': 'gzip' } },
  ],
  [401, 'written anew', { body: JSON.stringify(JSON.parse(joined), null, 1), authorization: sign(joined) }],
  [401, 'no body', { body: '', authorization: sign(joined) }],
  [401, 'bytes that decode to the same text', { body: Buffer.from([0xff]), authorization: sign('\uFFFD') }],
  // As what?
  [415, 'plain JSON', { type: 'application/json' }],
  [415, 'text', { type: 'text/plain' }],
  [415, 'a form', { type: 'application/x-www-form-urlencoded' }],
  [415, 'no type', { type: undefined }],
  [415, 'protobuf', { type: 'application/webhook+protobuf' }],
  [415, 'two types', { type: 'application/json, application/webhook+json' }],
  [415, 'nearly the type', { type: 'application/webhook+jsonx' }],
  [415, 'the type as a parameter', { type: 'text/plain; type=application/webhook+json' }],
  // Too much
  [401, 'a megabyte and more, not signed', { body: 'y'.repeat(1_100_000), authorization: undefined }],
  [413, 'a megabyte and more, signed', signed(`{"x":"${'y'.repeat(1_100_000)}"}`)],
  [413, 'a byte more than a megabyte, signed', signed(Buffer.alloc(1024 * 1024 + 1, ' '))],
  [401, 'deep JSON, not signed', { body: deep(200_000), authorization: sign(joined) }],
  // By another method
  [405, 'GET', { method: 'GET' }],
];

/** Signed with our key, and no event all the same. */
const nonsense: [status: number, what: string, delivery: Delivery][] = [
  [400, 'a megabyte of nothing', signed(Buffer.alloc(1024 * 1024, ' '))],
  [400, 'deep JSON, signed', signed(deep(200_000))],
  [400, 'deep JSON where a participant goes', signed(`{"participant":${deep(200_000)}}`)],
  [400, 'deep JSON where a number goes', signed(`{"createdAt":${deep(200_000)}}`)],
  [400, 'nothing', signed('')],
  [400, 'no JSON', signed('{"event":')],
  [400, 'bytes that are no text', signed(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))],
  [400, 'null', signed('null')],
  [400, 'a list', signed('[]')],
  [400, 'a number', signed('42')],
  [400, 'a name that is no text', signed('{"event":{"not":"text"}}')],
  [400, 'a time that is no number', signed('{"event":"participant_joined","createdAt":"soon"}')],
  [400, 'a number that is too large', signed('{"createdAt":"99999999999999999999999"}')],
  [400, 'UTF-16', signed(Buffer.from(`\uFEFF${joined}`, 'utf16le'))],
  [400, 'compressed', { ...signed(gzipSync(joined)), headers: { 'content-encoding': 'gzip' } }],
  [400, 'a list of events', signed(`[${joined}]`)],
  [400, 'two events', signed(`${joined}\n${joined}`)],
  [400, 'half a character', toldOf({ name: '\uD800' })],
  [400, 'a name that is a number', told({ event: 42 })],
  [400, 'a room that is a list', told({ room: [] })],
  [400, 'a time that is not a number', toldOf({ joinedAt: 'NaN' })],
  [400, 'a time that is half a second', toldOf({ joinedAt: 1.5 })],
  [400, 'NaN', signed('{"event":"participant_joined","createdAt":NaN}')],
  // In form, but nothing that LiveKit would say
  [400, 'a time at the end of time', told({ createdAt: endOfTime })],
  [400, 'who joined at the end of time', toldOf({ joinedAt: endOfTime })],
  [400, 'who joined in the last millisecond', toldOf({ joinedAtMs: endOfTime })],
  [400, 'who joined before 1970', toldOf({ joinedAt: '-9223372036854775808' })],
  [400, 'who left at the end of time', told({ createdAt: endOfTime }, 'participant_left')],
  [400, 'a room that ended at the end of time', told({ createdAt: endOfTime }, 'room_finished')],
  [400, 'an identity of half a megabyte', toldOf({ identity: long })],
  [400, 'a participant’s id of half a megabyte', toldOf({ sid: long })],
  [400, 'an event’s id of half a megabyte', told({ id: long })],
  [400, 'a room’s id of half a megabyte', told({ room: { name: 'standup', sid: long } }, 'room_finished')],
  [400, 'a room’s name of half a megabyte', told({ room: { name: long, sid: 'RM_1' } })],
  [400, 'an event’s id with U+0000', told({ id: 'EV_\0' })],
  [400, 'a participant’s id with U+0000', toldOf({ sid: 'PA_1\0' })],
];

/** Signed, read, and about nothing that is kept here. */
const beside: [what: string, delivery: Delivery][] = [
  [
    'the names of prototypes',
    signed('{"__proto__":{"event":"participant_joined"},"constructor":{"prototype":{"id":"x"}}}'),
  ],
  ['deep JSON where nothing is known', signed(`{"event":"participant_joined","x":${deep(10_000)}}`)],
  ['a room whose name goes on after U+0000', told({ room: { name: 'standup\0', sid: 'RM_1' } })],
  ['a room of nobody’s', told({ room: { name: 'elsewhere', sid: 'RM_1' } })],
  ['nobody', toldOf({ identity: '' })],
  ['a kind of the future', told({}, 'participant_flew')],
];

let server: TestServer;
async function open(database?: DatabaseLocation): Promise<TestServer> {
  const opened = await makeServer(database ? { database } : {});
  await opened.context.store.rooms.create({
    name: 'standup',
    createdBy: 'ana',
    mode: 'standard',
    isPublic: true,
    maxParticipants: 5,
    settings: {},
  });
  return opened;
}

/** Everything that a webhook could change. */
async function state(): Promise<object> {
  const { store } = server.context;
  const room = await store.rooms.byName('standup');
  return {
    room,
    open: await store.sessions.open(),
    all: await store.sessions.ofRoom(room?.id ?? '', 10),
    recordings: await store.recordings.list({}, 10),
  };
}

/** What a refusal is counted as. A request that is no delivery is none. */
const outcomes: Record<number, WebhookOutcome> = {
  400: 'malformed',
  401: 'unauthenticated',
  413: 'too_large',
  415: 'unsupported_type',
};

/** `delivery` is answered so, changes nothing, and is counted as what it is. */
async function requireRefused(status: number, delivery: Delivery): Promise<void> {
  const before = await state();
  const { counts } = server.context.metrics.webhooks;
  const counted = { ...counts };
  const answer = await deliver(server, {}, { body: joined, ...delivery });
  expect(answer).toMatchObject({ status, type: expect.stringContaining('urn:bedrud:error:') });
  expect(await state()).toEqual(before);
  const outcome = outcomes[status];
  expect(counts).toEqual(outcome ? { ...counted, [outcome]: counted[outcome] + 1 } : counted);
}

describe('a hostile webhook', () => {
  beforeEach(async () => {
    server = await open();
  });
  afterEach(() => server.close());

  test.each(refused)('%i: %s', async (status, _, delivery) => {
    await requireRefused(status, delivery);
    // The event that it spoils is still as good as new.
    expect(await deliver(server, JSON.parse(joined))).toMatchObject({ status: 'applied' });
  });

  test('after many others from its address is told to wait, and LiveKit is let through', async () => {
    const guess = { body: joined, authorization: 'guess' };
    for (let i = 0; i < 60; i += 1) expect(await deliver(server, {}, guess)).toMatchObject({ status: 401 });
    expect(await deliver(server, {}, guess)).toMatchObject({ status: 429, code: 'webhook/rate-limited' });
    expect(await deliver(server, {}, { body: joined })).toMatchObject({ status: 'applied' });
    expect(server.context.metrics.webhooks.counts).toMatchObject({ unauthenticated: 60, rate_limited: 1 });
  });
});

onEachDatabase((empty) => {
  describe('a signed webhook', () => {
    beforeAll(async () => {
      server = await open(await empty());
    });
    afterAll(() => server.close());

    test.each(nonsense)('%i: %s', (status, _, delivery) => requireRefused(status, delivery));

    test.each(beside)('of %s changes nothing', async (_, delivery) => {
      const before = await state();
      expect(await deliver(server, {}, delivery)).toMatchObject({ status: 'ignored' });
      expect(await state()).toEqual(before);
      expect(({} as { event?: string; id?: string }).event).toBeUndefined();
    });

    test('of somebody whose identity has U+0000 is about nobody else', async () => {
      expect(await deliver(server, JSON.parse(joined))).toMatchObject({ status: 'applied' });
      const { body = '' } = toldOf({ sid: 'PA_2', identity: 'ben\0', name: 'a\0b' });
      expect(await deliver(server, {}, { body })).toMatchObject({ status: 'applied' });
      const { store } = server.context;
      const { id = '' } = (await store.rooms.byName('standup')) ?? {};
      const there = await store.sessions.presentIn(id);
      expect(there.map(({ identity, name }) => `${identity} ${name}`).toSorted()).toEqual([
        'ben Ben',
        'ben\uFFFD a\uFFFDb',
      ]);
    });
  });

  test('a webhook that is replayed changes nothing, to any replica, before and after a restart', async () => {
    const database = await lasting(await empty());
    server = await open(database);
    const over = { body: joined, authorization: sign(joined) };
    expect(await deliver(server, {}, over)).toMatchObject({ status: 'applied' });
    expect(await deliver(server, event('participant_left'))).toMatchObject({ status: 'applied' });
    for (let i = 0; i < 20; i += 1)
      expect(await deliver(server, {}, over)).toMatchObject({ status: 'known' });
    const other = await makeServer({ database });
    expect(await deliver(other, {}, over)).toMatchObject({ status: 'known' });
    await server.close();
    server = await makeServer({ database });
    expect(await deliver(server, {}, over)).toMatchObject({ status: 'known' });
    expect(await server.context.store.sessions.open()).toEqual([]);
    await other.close();
    await server.close();
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
