import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DatabaseLocation, openStore, type Room, type Store } from '../../src/store/index.ts';
import { onEachDatabase } from '../helpers/databases.ts';

onEachDatabase(behaves);

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
      await store.admissions.admit(admission(id, 'ana'));
      await store.sessions.joined(fact(id, 'PA_1'));
      const wanted = Array.from({ length: 100 }, (_, i) =>
        store.admissions.admit(admission(id, `guest-${i}`)),
      );
      const outcomes = await Promise.allSettled(wanted);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { code: 'room/full' },
      });
    });

    test('are kept by who has one, and free again when the token is over or given back', async () => {
      const { id } = await room({ maxParticipants: 2 });
      await store.admissions.admit(admission(id, 'ana'));
      await store.admissions.admit(admission(id, 'ana'));
      await store.admissions.admit(admission(id, 'late', Date.now() - 1));
      await store.admissions.admit(admission(id, 'ben'));
      await expect(store.admissions.admit(admission(id, 'cy'))).rejects.toMatchObject({ code: 'room/full' });
      await store.admissions.withdraw(id, 'ben');
      await expect(store.admissions.admit(admission(id, 'cy'))).resolves.toMatchObject({ moderates: false });
    });

    test('are taken by name where the door is open, and by nobody else', async () => {
      const { roomId: _, ...ben } = admission('', 'ben');
      const enter = (roomName: string) => store.admissions.enter({ ...ben, roomName });
      const open = await room({ maxParticipants: 1 });
      const own = await room({ name: 'own', createdBy: 'ben', isPublic: false });
      await room({ name: 'private', isPublic: false });
      const closed = await room({ name: 'closed' });
      await store.rooms.setState(closed.id, 'suspended', ['active']);
      const banned = await room({ name: 'banned' });
      await store.bans.add({ roomId: banned.id, identity: 'ben', name: 'Ben', by: 'ana' });
      const full = await room({ name: 'full', maxParticipants: 1 });
      await store.admissions.admit(admission(full.id, 'cy'));
      await store.moderators.add({ roomId: open.id, identity: 'ben', name: 'Ben', by: 'ana' });
      expect(await enter('standup')).toEqual({ room: open, moderates: true });
      expect(await enter('standup')).toEqual({ room: open, moderates: true });
      expect(await enter('own')).toEqual({ room: own, moderates: false });
      const refused = ['private', 'closed', 'banned', 'full', 'nowhere'].map(enter);
      expect(await Promise.all(refused)).toEqual(Array(5).fill(undefined));
    });

    test('are taken together, each on its own terms', async () => {
      const { roomId: _, ...some } = admission('', '');
      const names = ['standup', 'other', 'nowhere'];
      for (const name of names.slice(0, 2)) await room({ name, maxParticipants: 0 });
      const asked = Array.from({ length: 200 }, (_, n) => ({
        ...some,
        identity: `user-${n}`,
        roomName: names[n % 3] ?? '',
      }));
      const entered = await Promise.all(asked.map((one) => store.admissions.enter(one)));
      expect(entered.map((one) => one?.room.name)).toEqual(
        asked.map(({ roomName }) => (roomName === 'nowhere' ? undefined : roomName)),
      );
    });

    test('are freed by leaving', async () => {
      const { id } = await room({ maxParticipants: 1 });
      await store.admissions.admit(admission(id, 'ben'));
      await store.sessions.joined(fact(id, 'PA_1'));
      await expect(store.admissions.admit(admission(id, 'cy'))).rejects.toMatchObject({ code: 'room/full' });
      await store.sessions.left(fact(id, 'PA_1'), 2000);
      await expect(store.admissions.admit(admission(id, 'cy'))).resolves.toMatchObject({ moderates: false });
    });
  });

  test.each(['egress', 'agent'])(
    'a participant of the kind %s takes no seat and is not counted',
    async (kind) => {
      const { id } = await room({ maxParticipants: 1 });
      await store.sessions.joined(fact(id, 'PA_1', { identity: 'helper', kind }));
      await expect(store.admissions.admit(admission(id, 'ana'))).resolves.toBeDefined();
      expect(await store.sessions.totals()).toEqual({ participants: 0, rooms: 0 });
      expect(await store.rooms.createdBy('ana', 10)).toMatchObject([{ participants: 0 }]);
      expect(await store.sessions.open()).toMatchObject([{ sid: 'PA_1', kind }]);
    },
  );

  test.each(['sip', 'ingress', 'connector'])('a participant of the kind %s takes one', async (kind) => {
    const { id } = await room({ maxParticipants: 1 });
    await store.sessions.joined(fact(id, 'PA_1', { kind }));
    await expect(store.admissions.admit(admission(id, 'ana'))).rejects.toMatchObject({ code: 'room/full' });
    expect(await store.sessions.totals()).toEqual({ participants: 1, rooms: 1 });
  });

  test('a room that is the only one of its name is meant, whenever that was', async () => {
    expect(await store.rooms.idsAt([{ name: 'standup', at: Date.now() }])).toEqual([undefined]);
    const { id } = await room();
    const other = await room({ name: 'retro', createdBy: 'ben' });
    // Who is told of by a clock that is behind, or of long ago, can only mean this one.
    for (const at of [0, Date.now() - 5_000, Date.now(), Date.now() + 60_000])
      expect(
        await store.rooms.idsAt([
          { name: 'retro', at },
          { name: 'standup', at },
        ]),
      ).toEqual([other.id, id]);
  });

  test('a name that is used again is the room’s that had it at the time', async () => {
    const first = await room();
    const archived = await store.rooms.setState(first.id, 'archived', ['active']);
    const second = await room();
    const change = archived?.stateSince.getTime() ?? 0;
    // Clocks may be ten seconds apart: who is told to have come just before may as well have come after.
    const [before, about, after] = [change - 20_000, change, change + 20_000];
    const at = (time: number) => ({ name: 'standup', at: time });
    expect(await store.rooms.idsAt([at(before), at(about), at(after)])).toEqual([
      first.id,
      second.id,
      second.id,
    ]);
    // The first is opened again: it has the name, and the other had it in between.
    await store.rooms.setState(second.id, 'archived', ['active']);
    await store.rooms.setState(first.id, 'active', ['archived']);
    expect(await store.rooms.idsAt([at(Date.now() + 60_000)])).toEqual([first.id]);
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

    test('told of together end up as when told of one by one', async () => {
      const { id } = await room();
      const told = (sid: string, joinedAt: number, leftAt: number | null = null, roomSid = 'RM_1') => ({
        ...fact(id, sid, { joinedAt, roomSid }),
        leftAt,
      });
      const added = await store.sessions.record({
        // The same one twice, with and without an end; a later one; one of the next instance of the room.
        sessions: [
          told('PA_1', 1000),
          told('PA_1', 1000, 2500),
          told('PA_2', 2000),
          told('PA_3', 6000, null, 'RM_2'),
        ],
        endings: [
          { roomId: id, roomSid: 'RM_1', endedAt: 5000 },
          { roomId: id, roomSid: 'RM_1', endedAt: 4000 },
        ],
      });
      expect(added).toBe(3);
      expect(await store.sessions.ofRoom(id, 10)).toMatchObject([
        { sid: 'PA_3', leftAt: null },
        { sid: 'PA_2', leftAt: 4000 },
        { sid: 'PA_1', leftAt: 2000 },
      ]);
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
      const events = ['EV_1', 'EV_2'].map((id) => ({ id, event: 'room_finished' }));
      expect(await store.webhookEvents.note(events.slice(0, 1))).toEqual(new Set(['EV_1']));
      expect(await store.webhookEvents.note(events)).toEqual(new Set(['EV_2']));
      expect(await store.webhookEvents.note([])).toEqual(new Set());
    });

    test('are not noted when what they say could not be kept', async () => {
      const event = { id: 'EV_2', event: 'participant_joined' };
      await expect(
        store.atomically(async (queries) => {
          await queries.webhookEvents.note([event]);
          await queries.sessions.joined(fact('no such room', 'PA_1'));
        }),
      ).rejects.toThrow(/foreign key/i);
      expect(await store.webhookEvents.note([event])).toEqual(new Set(['EV_2']));
    });
  });

  describe('what LiveKit lists', () => {
    test('is added, ended and opened again', async () => {
      const { id } = await room({ maxParticipants: 2 });
      const key = (sid: string) => ({ sid, roomId: id });
      await store.sessions.joined(fact(id, 'PA_1'));
      await store.admissions.admit(admission(id, 'cy'));
      expect(await store.sessions.open()).toEqual([
        { sid: 'PA_1', kind: 'standard', roomId: id, roomSid: 'RM_1', roomName: 'standup' },
      ]);
      expect(await store.sessions.gone([key('PA_1'), key('PA_9')], 4000)).toBe(1);
      const listed = [fact(id, 'PA_1'), fact(id, 'PA_2', { identity: 'cy' })];
      expect(await store.sessions.present(listed)).toBe(1);
      expect(await store.sessions.endedOf(['PA_1', 'PA_2'])).toEqual([key('PA_1')]);
      await store.sessions.reopen([key('PA_1')], 'RM_2');
      expect(await store.sessions.open()).toMatchObject([
        { sid: 'PA_1', roomSid: 'RM_2' },
        { sid: 'PA_2', roomSid: 'RM_1' },
      ]);
      await expect(store.admissions.admit(admission(id, 'dee'))).rejects.toMatchObject({
        code: 'room/full',
      });
    });

    test('may be more than one statement takes', async () => {
      const { id } = await room();
      const many = Array.from({ length: 1201 }, (_, i) => fact(id, `PA_${i}`, { identity: `guest-${i}` }));
      expect(await store.sessions.present(many)).toBe(1201);
      const sids = many.map(({ sid }) => sid);
      expect(await store.sessions.gone(many, 4000)).toBe(1201);
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
