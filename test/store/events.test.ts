import { afterEach, beforeEach, expect, test } from 'vitest';
import { reconcile } from '../../src/server/reconcile/round.ts';
import { type DatabaseLocation, events, openStore, type Store } from '../../src/store/index.ts';
import { onEachDatabase } from '../helpers/databases.ts';

onEachDatabase(behaves);

/** What holds on every kind of database. */
function behaves(empty: () => Promise<DatabaseLocation>): void {
  let store: Store;
  let statements: number;
  beforeEach(async () => {
    statements = 0;
    store = await openStore(await empty(), () => {
      statements += 1;
    });
  }, 60_000);
  afterEach(() => store?.close());

  const subscribe = (wanted: readonly string[] = events) =>
    store.outbox.subscribe({ name: 'x', url: 'https://example.com', events: [...wanted], createdBy: 'ana' });
  const create = () =>
    store.rooms.create({
      ...{ name: 'standup', createdBy: 'ana', mode: 'standard', isPublic: true },
      ...{ maxParticipants: 3, settings: {} },
    });
  const session = (roomId: string, identity = 'ben', more = {}) => ({
    ...{ sid: `PA_${identity}`, roomId, roomSid: 'RM_1', identity, name: 'Ben', joinedAt: 1000, ...more },
  });
  /** What is to be told, in any order. */
  const told = async () => {
    const due = await store.outbox.due(Date.now() + 1, 100);
    return due.map(({ body }) => JSON.parse(body)).map(({ event, data }) => ({ event, ...data }));
  };
  const names = async () => (await told()).map(({ event }) => event).sort();

  test('a room is created, and closed', async () => {
    await subscribe();
    const { id } = await create();
    const room = { roomId: id, roomName: 'standup', userId: 'ana' };
    expect(await told()).toEqual([{ event: 'room.created', ...room }]);
    await store.rooms.setState(id, 'suspended', ['active']);
    await store.rooms.setState(id, 'archived', ['active', 'suspended']);
    await store.rooms.setState(id, 'archived', ['active', 'suspended']);
    expect(await told()).toContainEqual({ event: 'room.ended', ...room, reason: 'closed' });
    expect(await names()).toEqual(['room.created', 'room.ended']);
  });

  test('participants come and go, each once, whatever is told again', async () => {
    const { id } = await create();
    await subscribe();
    for (let n = 0; n < 2; n += 1) {
      await store.sessions.left(session(id), 3000);
      await store.sessions.joined(session(id));
      await store.sessions.left(session(id), 2000);
      await store.sessions.roomEnded(id, 'RM_1', 4000);
    }
    const about = { roomId: id, roomName: 'standup', userId: 'ben', name: 'Ben' };
    const joinedAt = '1970-01-01T00:00:01.000Z';
    expect(await told()).toHaveLength(3);
    expect(await told()).toEqual(
      expect.arrayContaining([
        { event: 'participant.joined', ...about, joinedAt },
        { event: 'participant.left', ...about, joinedAt, leftAt: '1970-01-01T00:00:03.000Z' },
        { event: 'room.ended', roomId: id, roomName: 'standup', userId: 'ana', reason: 'empty' },
      ]),
    );
  });

  test('recorders are nobody', async () => {
    const { id } = await create();
    await subscribe();
    await store.sessions.joined(session(id, 'recorder', { kind: 'egress' }));
    await store.sessions.joined(session(id));
    expect(await names()).toEqual(['participant.joined']);
  });

  test('the end of a room that was closed is told once', async () => {
    const { id } = await create();
    await store.sessions.joined(session(id));
    await subscribe(['room.ended']);
    await store.rooms.setState(id, 'archived', ['active']);
    await store.sessions.roomEnded(id, 'RM_1', 4000);
    expect(await told()).toMatchObject([{ event: 'room.ended', reason: 'closed' }]);
  });

  test('what LiveKit never told of is told when it is found out', async () => {
    const { id } = await create();
    await subscribe(['participant.joined', 'participant.left', 'room.ended']);
    await store.sessions.joined(session(id));
    const census = { rooms: async () => [], participants: async () => [] };
    await reconcile({ store, census, thorough: true, lookAtThoseIn: async () => {} });
    expect(await names()).toEqual(['participant.joined', 'participant.left', 'room.ended']);
    // LiveKit's word, late.
    await store.sessions.roomEnded(id, 'RM_1', 4000);
    expect(await told()).toHaveLength(3);
  });

  test('when the SFU ended, all of them left', async () => {
    const { id } = await create();
    await store.sessions.joined(session(id));
    await store.sessions.joined(session(id, 'cleo'));
    await subscribe(['participant.left', 'room.ended']);
    expect(await store.sessions.allEnded(Date.now())).toBe(2);
    expect(await names()).toEqual(['participant.left', 'participant.left', 'room.ended']);
  });

  test('nothing is told of what is not kept', async () => {
    const { id } = await create();
    await subscribe();
    const broken = store.atomically(async ({ sessions }) => {
      await sessions.joined(session(id));
      throw new Error('in the middle');
    });
    await expect(broken).rejects.toThrow('in the middle');
    expect(await told()).toEqual([]);
  });

  test('who subscribes to one thing is told of that, also by the next replica, and nobody when switched off', async () => {
    const { id } = await create();
    const joins = await subscribe(['participant.joined']);
    await subscribe(['participant.left']);
    await store.sessions.joined(session(id));
    const [only, ...others] = await store.outbox.due(Date.now() + 1, 10);
    expect(others).toEqual([]);
    expect(only).toMatchObject({ subscriptionId: joins.id, event: 'participant.joined' });
    await store.outbox.change(joins.id, { isActive: false });
    await store.sessions.joined(session(id, 'cleo'));
    expect(await names()).toEqual(['participant.joined']);
  });

  test('LiveKit’s events cost no statement more while nobody listens', async () => {
    const { id } = await create();
    const cost = async (identity: string) => {
      statements = 0;
      await store.sessions.joined(session(id, identity));
      await store.sessions.left(session(id, identity), 2000);
      return statements;
    };
    await cost('first');
    const quiet = await cost('ben');
    await subscribe(['recording.completed']);
    expect(await cost('cleo')).toBe(quiet);
    await subscribe(['participant.joined']);
    expect(await cost('dan')).toBeGreaterThan(quiet);
  });
}
