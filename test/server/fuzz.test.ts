/** Every route that the document describes, asked anything: it answers what the document has, and never that it failed. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import document from '../../schemas/openapi.json' with { type: 'json' };
import { failure } from '../../src/core/errors.ts';
import { onEachDatabase } from '../helpers/databases.ts';
import { ask, bearer, makeServer, type TestServer } from './helpers.ts';

interface Schema {
  type?: string;
  enum?: unknown[];
  items?: Schema;
  properties?: Record<string, Schema>;
}
interface Operation {
  parameters?: { name: string; in: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods as Record<string, Operation>).map(([method, operation]) => ({
    method: method.toUpperCase() as 'POST',
    path,
    operation,
  })),
);

/** LiveKit as it is between two moments: some are there, some calls fail. */
const absent = () => failure('sfu/not-found', { what: 'nobody', hint: '' });
const away = () => failure('sfu/unreachable', { url: 'http://10.0.0.1', reason: 'refused', hint: '' });
const participant = (identity: string) => ({
  sid: 'PA_1',
  identity,
  name: '\0',
  state: 2,
  joinedAt: 1n,
  isPublisher: true,
  metadata: '[]',
  tracks: [{ sid: 'TR_1', type: 0, source: 2, muted: false }],
});
async function answer<T>(identity: string, value: T): Promise<T> {
  if (identity === 'away') throw away();
  if (identity !== 'ben') throw absent();
  return value;
}
const control = {
  getParticipant: (_room: string, identity: string) => answer(identity, participant(identity)) as never,
  removeParticipant: (_room: string, identity: string) => answer(identity, undefined),
  mutePublishedTrack: (_room: string, identity: string) => answer(identity, {}) as never,
  updateParticipant: (_room: string, identity: string, change?: unknown) =>
    answer(identity, {
      permission: {
        canPublish: true,
        canSubscribe: true,
        canPublishData: true,
        canUpdateMetadata: false,
        hidden: false,
        canPublishSources: [1, 2],
        ...(change as { permission?: object }).permission,
      },
    }) as never,
  listParticipants: async () => [participant('ben')] as never,
  deleteRoom: async () => {},
};

/** Texts that have broken something somewhere. */
const hostile = fc.constantFrom(
  ...['', '\0', '\ud800', '\u202e', ' ', '__proto__', '%', '../..', '😀', 'a'.repeat(300), "' or 1=1"],
);
const text = fc.oneof(
  hostile,
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('standup', 'ben'),
);
const anything = fc.anything({ maxDepth: 2, key: text, values: [text, fc.double(), fc.boolean()] });

/** Mostly what `schema` asks for. */
function mostly(schema: Schema): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: fitting(schema), weight: 9 }, { arbitrary: anything, weight: 1 });
}

function fitting({ type, enum: choices, items = {}, properties = {} }: Schema): fc.Arbitrary<unknown> {
  if (choices) return fc.constantFrom(...choices);
  switch (type) {
    case 'object':
      return someOf(properties);
    case 'array':
      return fc.array(mostly(items), { maxLength: 4 });
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.constantFrom(0, 1, 20, -1, 2 ** 31, 2 ** 53, 1.5);
    case 'string':
      return text;
    default:
      return anything;
  }
}

function someOf(properties: Record<string, Schema>): fc.Arbitrary<Record<string, unknown>> {
  const values = Object.entries(properties).map(([name, schema]) => [name, mostly(schema)]);
  return fc.record(Object.fromEntries(values), { requiredKeys: [] });
}

/** Mostly what there is. */
function partOf(path: string): fc.Arbitrary<string> {
  const one = fc.oneof(
    { arbitrary: fc.constant(path), weight: 4 },
    { arbitrary: fc.constant('away'), weight: 1 },
    { arbitrary: text, weight: 1 },
  );
  // These are not sent: they are taken as steps through the path.
  return one.filter((part) => part !== '.' && part !== '..');
}

const callers = fc.constantFrom(
  undefined,
  { user: 'ana', claims: {} },
  { user: 'ben', claims: {} },
  { user: 'sue', claims: { accesses: ['superadmin'] } },
  { user: `guest-${'b'.repeat(32)}`, claims: { accesses: ['guest'], provider: 'guest' } },
  { user: '😀'.repeat(20), claims: { name: '\0\u202e', accesses: { length: 9 } } },
);

/** Requests to an operation. @param known what its path names */
function requestsTo({ parameters = [], requestBody }: Operation, known: Record<string, string>) {
  const named = (place: string) => parameters.filter((one) => one.in === place);
  const body = requestBody?.content['application/json']?.schema;
  return fc.record({
    caller: callers,
    path: fc.record(Object.fromEntries(named('path').map(({ name }) => [name, partOf(known[name] ?? '')]))),
    query: someOf(Object.fromEntries(named('query').map(({ name, schema }) => [name, schema]))),
    body: body ? mostly(body) : fc.constant(undefined),
  });
}

const encoded = (value: unknown) => encodeURIComponent(String(value).replace(/\p{Cs}/gu, '\ufffd'));

onEachDatabase((empty) => {
  let server: TestServer;
  beforeAll(async () => {
    const unlimited = { 'rateLimit.apiMaxRequests': 0, 'rateLimit.guestMaxRequests': 0 };
    server = await makeServer({ control, database: await empty(), flags: unlimited });
  }, 60_000);
  afterAll(() => server.close());

  test.each(operations)('$method $path', { timeout: 60_000 }, async ({ method, path, operation }) => {
    const room = (await ask(server.app, 'POST', '/api/room/create', 'ana', { isPublic: true })).body;
    const known = { roomId: room.id, id: room.id, roomName: room.name, identity: 'ben', recordingId: 'none' };
    await fc.assert(
      fc.asyncProperty(requestsTo(operation, known), async ({ caller, path: parts, query, body }) => {
        const where = path.replace(/\{(\w+)\}/g, (_, name) => encoded(parts[name]));
        const asked = Object.entries(query).map(
          ([name, value]) => `${name}=${encoded(JSON.stringify(value))}`,
        );
        const response = await server.app.inject({
          method,
          url: `${where}?${asked.join('&')}`,
          headers: {
            ...(caller ? await bearer(caller.user, caller.claims) : {}),
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { payload: JSON.stringify(body) ?? '' }),
        });
        // That it is as the document has it, inject() sees to.
        expect(response.statusCode).not.toBe(500);
      }),
      // The same ones each time: what one run passes, the next does.
      { seed: 1, numRuns: path.endsWith('/wait') ? 3 : 40 },
    );
  });
});
