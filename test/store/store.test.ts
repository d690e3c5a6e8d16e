import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DatabaseLocation, openStore, type Room, type Store } from '../../src/store/index.ts';
import { describeWith } from '../helpers/needs.ts';
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts';

describe('on SQLite', () => behaves(async () => ({ type: 'sqlite', path: ':memory:' })));

describeWith(['initdb', 'postgres'], 'on PostgreSQL', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());
  behaves(() => postgres.database());
});

let store: Store;

function room(over: Partial<Room> = {}): Promise<Room> {
  return store.rooms.create({
    name: 'standup',
    createdBy: 'ana',
    mode: 'standard',
    isPublic: true,
    maxParticipants: 3,
    settings: { allowChat: true },
    ...over,
  });
}
const admission = (roomId: string, identity: string, expiresAt = Date.now() + 60_000) => ({
  roomId,
  identity,
  userId: identity,
  name: identity,
  expiresAt,
});
const fact = (roomId: string, sid: string, over: object = {}) => ({
  sid,
  roomId,
  roomSid: 'RM_1',
  identity: 'ben',
  name: 'Ben',
  joinedAt: 1000,
  ...over,
});

/** What holds on every kind of database. */
function behaves(empty: () => Promise<DatabaseLocation>): void {
  beforeEach(async () => {
    store = await openStore(await empty());
  });
  afterEach(() => store?.close());

  describe('rooms', () => {
    test('come back as they were created', async () => {
      const made = await room();
      expect(await store.rooms.byId(made.id)).toEqual(made);
      expect(await store.rooms.byName('standup')).toEqual(made);
      expect(await store.rooms.byName('other')).toBeUndefined();
      expect(made).toMatchObject({ isPublic: true, settings: { allowChat: true }, state: 'active' });
    });

    test('have names of their own', async () => {
      await room();
      await expect(room({ createdBy: 'ben' })).rejects.toMatchObject({ code: 'room/name-taken', http: 409 });
    });

    test('are limited by creator', async () => {
      await room();
      const create = (createdBy: string, name: string) =>
        store.rooms.create(
          { name, createdBy, mode: 'standard', isPublic: true, maxParticipants: 2, settings: {} },
          1,
        );
      await expect(create('ana', 'second')).rejects.toMatchObject({ code: 'room/limit-reached' });
      await expect(create('ben', 'second')).resolves.toMatchObject({ name: 'second' });
    });

    test('list those who are connected, once each', async () => {
      const made = await room();
      await room({ name: 'elsewhere', createdBy: 'ben' });
      await store.sessions.joined(fact(made.id, 'PA_1'));
      await store.sessions.joined(fact(made.id, 'PA_2'));
      await store.sessions.joined(fact(made.id, 'PA_3', { identity: 'cy' }));
      await store.sessions.left(fact(made.id, 'PA_3', { identity: 'cy' }), 2000);
      const listed = await store.rooms.createdBy('ana', 10);
      expect(listed.map(({ name, participants }) => ({ name, participants }))).toEqual([
        { name: 'standup', participants: 1 },
      ]);
    });
  });

  describe('seats', () => {
    test('of a hundred who want the last one, one gets it', async () => {
      const { id } = await room();
      await store.sessions.admit(admission(id, 'ana'), 3);
      await store.sessions.joined(fact(id, 'PA_1'));
      const wanted = Array.from({ length: 100 }, (_, i) =>
        store.sessions.admit(admission(id, `guest-${i}`), 3),
      );
      const outcomes = await Promise.allSettled(wanted);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { code: 'room/full' },
      });
    });

    test('are kept by who has one, and free again when the token is over or given back', async () => {
      const { id } = await room();
      await store.sessions.admit(admission(id, 'ana'), 2);
      await store.sessions.admit(admission(id, 'ana'), 2);
      await store.sessions.admit(admission(id, 'late', Date.now() - 1), 2);
      await store.sessions.admit(admission(id, 'ben'), 2);
      await expect(store.sessions.admit(admission(id, 'cy'), 2)).rejects.toMatchObject({ code: 'room/full' });
      await store.sessions.withdraw(id, 'ben');
      await expect(store.sessions.admit(admission(id, 'cy'), 2)).resolves.toEqual({ moderates: false });
    });

    test('are freed by leaving', async () => {
      const { id } = await room();
      await store.sessions.admit(admission(id, 'ben'), 1);
      await store.sessions.joined(fact(id, 'PA_1'));
      await expect(store.sessions.admit(admission(id, 'cy'), 1)).rejects.toMatchObject({ code: 'room/full' });
      await store.sessions.left(fact(id, 'PA_1'), 2000);
      await expect(store.sessions.admit(admission(id, 'cy'), 1)).resolves.toEqual({ moderates: false });
    });
  });

  describe('sessions', () => {
    test('end up the same whatever the order of what is told', async () => {
      const { id } = await room();
      await store.sessions.left(fact(id, 'PA_1'), 2000);
      await store.sessions.joined(fact(id, 'PA_1'));
      await store.sessions.left(fact(id, 'PA_1'), 9000);
      expect(await store.sessions.ofRoom(id, 10)).toMatchObject([
        { sid: 'PA_1', joinedAt: 1000, leftAt: 2000 },
      ]);
    });

    test('a reconnect is another session, which the end of the first leaves alone', async () => {
      const { id } = await room();
      await store.sessions.joined(fact(id, 'PA_1'));
      await store.sessions.joined(fact(id, 'PA_2', { joinedAt: 3000 }));
      await store.sessions.left(fact(id, 'PA_1'), 4000);
      expect(await store.sessions.ofRoom(id, 10)).toMatchObject([
        { sid: 'PA_2', leftAt: null },
        // LiveKit puts the first out when the second joins.
        { sid: 'PA_1', leftAt: 3000 },
      ]);
      expect(await store.sessions.totals()).toEqual({ participants: 1, rooms: 1 });
    });

    test('a room that ends takes only its own instance with it', async () => {
      const { id } = await room();
      await store.sessions.joined(fact(id, 'PA_1'));
      await store.sessions.joined(fact(id, 'PA_2', { roomSid: 'RM_2' }));
      await store.sessions.roomEnded(id, 'RM_1', 5000);
      expect(await store.sessions.totals()).toEqual({ participants: 1, rooms: 1 });
      expect(await store.sessions.allEnded(6000)).toBe(1);
      expect(await store.sessions.allEnded(6000)).toBe(0);
    });
  });

  describe('webhook events', () => {
    test('are noted once', async () => {
      expect(await store.webhookEvents.note('EV_1', 'room_started')).toBe(true);
      expect(await store.webhookEvents.note('EV_1', 'room_started')).toBe(false);
    });

    test('are not noted when what they say could not be kept', async () => {
      await expect(
        store.atomically(async (queries) => {
          await queries.webhookEvents.note('EV_2', 'participant_joined');
          await queries.sessions.joined(fact('no such room', 'PA_1'));
        }),
      ).rejects.toThrow(/foreign key/i);
      expect(await store.webhookEvents.note('EV_2', 'participant_joined')).toBe(true);
    });
  });

  describe('what LiveKit lists', () => {
    test('is added, ended and opened again', async () => {
      const { id } = await room();
      await store.sessions.joined(fact(id, 'PA_1'));
      await store.sessions.admit(admission(id, 'cy'), 2);
      expect(await store.sessions.open()).toEqual([{ sid: 'PA_1', roomSid: 'RM_1', roomName: 'standup' }]);
      expect(await store.sessions.gone(['PA_1', 'PA_9'], 4000)).toBe(1);
      const listed = [fact(id, 'PA_1'), fact(id, 'PA_2', { identity: 'cy' })];
      expect(await store.sessions.present(listed)).toBe(1);
      expect(await store.sessions.endedOf(['PA_1', 'PA_2'])).toEqual(['PA_1']);
      await store.sessions.reopen(['PA_1'], 'RM_2');
      expect(await store.sessions.open()).toMatchObject([
        { sid: 'PA_1', roomSid: 'RM_2' },
        { sid: 'PA_2', roomSid: 'RM_1' },
      ]);
      await expect(store.sessions.admit(admission(id, 'dee'), 2)).rejects.toMatchObject({
        code: 'room/full',
      });
    });

    test('may be more than one statement takes', async () => {
      const { id } = await room();
      const many = Array.from({ length: 1201 }, (_, i) => fact(id, `PA_${i}`, { identity: `guest-${i}` }));
      expect(await store.sessions.present(many)).toBe(1201);
      const sids = many.map(({ sid }) => sid);
      expect(await store.sessions.gone(sids, 4000)).toBe(1201);
      expect(await store.sessions.endedOf(sids)).toHaveLength(1201);
    });
  });

  describe('a lease', () => {
    test('has one holder, who may keep it', async () => {
      expect(await store.leases.take('work', 'one', 60_000)).toBe(true);
      expect(await store.leases.take('work', 'two', 60_000)).toBe(false);
      expect(await store.leases.take('other work', 'two', 60_000)).toBe(true);
      expect(await store.leases.take('work', 'one', 60_000)).toBe(true);
      await store.leases.release('work', 'two');
      expect(await store.leases.take('work', 'two', 60_000)).toBe(false);
      await store.leases.release('work', 'one');
      expect(await store.leases.take('work', 'two', 60_000)).toBe(true);
    });

    test('of a holder that died is over by itself', async () => {
      expect(await store.leases.take('work', 'one', 0)).toBe(true);
      expect(await store.leases.take('work', 'two', 60_000)).toBe(true);
      expect(await store.leases.take('work', 'one', 60_000)).toBe(false);
    });
  });
}
