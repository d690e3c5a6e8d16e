import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type DatabaseLocation, openStore, type Room, type Store } from '../../src/store/index.ts';
import { onEachDatabase } from '../helpers/databases.ts';

onEachDatabase(behaves);

const hour = 3_600_000;
let store: Store;

const create = (over: Partial<Room> = {}) =>
  store.rooms.create({
    name: 'standup',
    createdBy: 'ana',
    mode: 'standard',
    isPublic: true,
    maxParticipants: 3,
    settings: { allowChat: true },
    ...over,
  });
const admit = (roomId: string, identity: string, expiresAt = Date.now() + 60_000) =>
  store.admissions.admit({ roomId, identity, userId: identity, name: identity, expiresAt });
const joined = (roomId: string, identity: string) =>
  store.sessions.joined({
    sid: `PA_${identity}`,
    roomId,
    roomSid: 'RM_1',
    identity,
    name: identity,
    joinedAt: 1000,
  });
const left = (roomId: string, identity: string, at: number) =>
  store.sessions.left(
    { sid: `PA_${identity}`, roomId, roomSid: 'RM_1', identity, name: identity, joinedAt: 1000 },
    at,
  );
const ban = (roomId: string, identity: string) =>
  store.bans.add({ roomId, identity, name: identity.toUpperCase(), by: 'ana' });

/** What holds on every kind of database. */
function behaves(empty: () => Promise<DatabaseLocation>): void {
  beforeEach(async () => {
    store = await openStore(await empty());
  });
  afterEach(async () => {
    vi.useRealTimers();
    await store?.close();
  });

  test('U+0000 in what is asked for is no failure', async () => {
    const { id } = await create();
    expect(await store.rooms.byId(`${id}\0`)).toBeUndefined();
    await expect(admit(`${id}\0`, 'ben')).rejects.toMatchObject({ code: 'room/not-found' });
    expect(await admit(id, 'ben\0')).toMatchObject({ moderates: false });
    expect(await store.sessions.seatsTaken(id)).toBe(1);
  });

  test('who asks at the same time gets what each would have got alone', async () => {
    const { id } = await create({ maxParticipants: 4 });
    const full = await create({ name: 'full', maxParticipants: 1 });
    const closed = await create({ name: 'closed', isPublic: false });
    await admit(full.id, 'dee');
    await ban(id, 'eve');
    await store.moderators.add({ roomId: id, identity: 'ben', name: 'Ben', by: 'ana' });
    const enter = (roomName: string, identity: string) =>
      store.admissions.enter({
        roomName,
        identity,
        userId: identity,
        name: identity,
        expiresAt: Date.now() + 60_000,
      });
    const answers = await Promise.all([
      ...[enter('standup', 'ana'), enter('standup', 'ben'), enter('standup', 'eve'), enter('full', 'ben')],
      ...[
        enter('closed', 'ana'),
        enter('closed', 'ben'),
        enter('nowhere', 'ana'),
        enter('standup', 'c\ud800\0'),
      ],
      ...[admit(id, 'ben'), admit(closed.id, 'ben')],
    ]);
    const shown = answers.map(
      (answer) => answer && answer.room.name + (answer.moderates ? ', a moderator' : ''),
    );
    const refused = undefined;
    expect(shown).toEqual([
      ...['standup', 'standup, a moderator', refused, refused],
      ...['closed', refused, refused, 'standup'],
      ...['standup, a moderator', 'closed'],
    ]);
    expect(answers[0]?.room).toEqual(await store.rooms.byId(id));
    expect(
      await Promise.all([id, full.id, closed.id].map((room) => store.sessions.seatsTaken(room))),
    ).toEqual([3, 1, 2]);
    const outcomes = await Promise.allSettled([
      admit(id, 'eve'),
      admit(full.id, 'ben'),
      admit('nowhere', 'ana'),
    ]);
    expect(outcomes).toMatchObject(
      ['room/banned', 'room/full', 'room/not-found'].map((code) => ({ reason: { code } })),
    );
  });

  describe('the state of a room', () => {
    test('decides whether it lets in, and what it is refused with', async () => {
      const { id } = await create();
      await admit(id, 'ben');
      expect(await store.rooms.setState(id, 'suspended', ['active'])).toMatchObject({ state: 'suspended' });
      await expect(admit(id, 'cy')).rejects.toMatchObject({ code: 'room/suspended' });
      expect(await store.sessions.hasSeat(id, 'ben')).toBe(false);
      expect(await store.rooms.setState(id, 'archived', ['active', 'suspended'])).toBeDefined();
      await expect(admit(id, 'cy')).rejects.toMatchObject({ code: 'room/inactive' });
      expect(await store.rooms.setState(id, 'active', ['suspended', 'archived'])).toBeDefined();
      expect(await admit(id, 'cy')).toMatchObject({ moderates: false });
      await expect(admit('nowhere', 'cy')).rejects.toMatchObject({ code: 'room/not-found' });
    });

    test('changes out of the states that are named only', async () => {
      const { id } = await create();
      expect(await store.rooms.setState(id, 'active', ['suspended', 'archived'])).toBeUndefined();
      expect(await store.rooms.setState('nowhere', 'archived', ['active'])).toBeUndefined();
    });

    test('keeps the name while suspended, and gives it up when archived', async () => {
      const first = await create();
      await store.rooms.setState(first.id, 'suspended', ['active']);
      await expect(create()).rejects.toMatchObject({ code: 'room/name-taken' });
      await store.rooms.setState(first.id, 'archived', ['suspended']);
      const second = await create();
      expect((await store.rooms.byName('standup'))?.id).toBe(second.id);
      await expect(store.rooms.setState(first.id, 'active', ['archived'])).rejects.toMatchObject({
        code: 'room/name-taken',
      });
      await store.rooms.setState(second.id, 'archived', ['active']);
      await store.rooms.setState(first.id, 'active', ['archived']);
      expect((await store.rooms.byName('standup'))?.id).toBe(first.id);
    });

    test('leaves a name to its owner while tokens for the old room may be good', async () => {
      const { id } = await create();
      await store.rooms.setState(id, 'archived', ['active']);
      await expect(create({ createdBy: 'ben' })).rejects.toMatchObject({ code: 'room/name-taken' });
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 601_000 });
      await expect(create({ createdBy: 'ben' })).resolves.toMatchObject({ createdBy: 'ben' });
    });
  });

  test('what a room is like changes where it is named', async () => {
    const made = await create();
    expect(await store.rooms.update(made.id, { isPublic: false })).toEqual({ ...made, isPublic: false });
    expect(await store.rooms.update(made.id, { maxParticipants: 9, settings: { e2ee: true } })).toEqual({
      ...made,
      isPublic: false,
      maxParticipants: 9,
      settings: { allowChat: true, e2ee: true },
    });
    expect(await store.rooms.update(made.id, {})).toMatchObject({ maxParticipants: 9 });
    expect(await store.rooms.update('nowhere', { isPublic: true })).toBeUndefined();
  });

  describe('rooms that nobody comes to any more', () => {
    const soon = () => Date.now() + hour;
    test('are archived, unless they are persistent', async () => {
      await create();
      await create({ name: 'forever', settings: { isPersistent: true } });
      expect(await store.rooms.archiveIdle(Date.now() - hour)).toEqual([]);
      expect(await store.rooms.archiveIdle(soon())).toMatchObject([{ name: 'standup', state: 'archived' }]);
      expect(await store.rooms.archiveIdle(soon())).toEqual([]);
    });

    test('are not those that somebody is in, was in lately, or has a token for', async () => {
      for (const name of ['busy', 'lately', 'awaited', 'long-ago']) {
        const { id } = await create({ name });
        if (name === 'awaited') await admit(id, 'ana', soon() + hour);
        else await joined(id, name);
        if (name === 'lately') await left(id, name, soon() + hour);
        if (name === 'long-ago') await left(id, name, 2000);
      }
      expect((await store.rooms.archiveIdle(soon())).map(({ name }) => name)).toEqual(['long-ago']);
    });
  });

  describe('lists', () => {
    test('of a user have what is not archived', async () => {
      const { id } = await create();
      await store.rooms.setState((await create({ name: 'held' })).id, 'suspended', ['active']);
      await store.rooms.setState((await create({ name: 'over' })).id, 'archived', ['active']);
      await joined(id, 'ben');
      const listed = await store.rooms.createdBy('ana', 10);
      expect(listed.map(({ name }) => name).sort()).toEqual(['held', 'standup']);
      expect(listed.find(({ name }) => name === 'standup')).toMatchObject({ participants: 1 });
    });

    test('of all rooms are chosen from, and come in pages', async () => {
      for (let n = 0; n < 5; n += 1) await create({ name: `room-${n}`, isPublic: n % 2 === 0 });
      const other = await create({ name: 'other', createdBy: 'ben' });
      await store.rooms.setState(other.id, 'suspended', ['active']);
      const names = async (filter: object, page = 1, limit = 10) => {
        const { rooms, total } = await store.rooms.find(filter, { page, limit });
        return { names: rooms.map(({ name }) => name).sort(), total };
      };
      expect((await names({})).total).toBe(6);
      expect(await names({ search: 'ROOM', isPublic: false })).toEqual({
        names: ['room-1', 'room-3'],
        total: 2,
      });
      expect(await names({ search: other.id })).toEqual({ names: ['other'], total: 1 });
      expect(await names({ states: ['suspended', 'archived'] })).toEqual({ names: ['other'], total: 1 });
      expect(await names({ createdBy: 'ben' })).toEqual({ names: ['other'], total: 1 });
      const pages = [await names({ search: 'room' }, 1, 3), await names({ search: 'room' }, 2, 3)];
      expect(pages.map(({ names }) => names.length)).toEqual([3, 2]);
      expect(new Set(pages.flatMap(({ names }) => names)).size).toBe(5);
    });
  });

  describe('a ban', () => {
    test('takes the seat and the right to moderate, and lets nobody in until it is lifted', async () => {
      const { id } = await create();
      await admit(id, 'ben');
      await store.moderators.add({ roomId: id, identity: 'ben', name: 'Ben', by: 'ana' });
      await ban(id, 'ben');
      await ban(id, 'ben');
      expect(await store.sessions.hasSeat(id, 'ben')).toBe(false);
      expect(await store.moderators.has(id, 'ben')).toBe(false);
      await expect(admit(id, 'ben')).rejects.toMatchObject({ code: 'room/banned', http: 403 });
      await expect(admit(id, 'ben')).rejects.toMatchObject({ code: 'room/banned' });
      expect(await store.bans.ofRoom(id)).toMatchObject([{ identity: 'ben', name: 'BEN', by: 'ana' }]);
      expect(await store.bans.among(id, ['ana', 'ben'])).toEqual(['ben']);
      expect(await store.bans.among(id, [])).toEqual([]);
      expect(await store.bans.remove(id, 'ben')).toBe(true);
      expect(await store.bans.remove(id, 'ben')).toBe(false);
      expect(await admit(id, 'ben')).toMatchObject({ moderates: false });
    });

    test('makes who arrives all the same worth a look, as a room that is not open does', async () => {
      const { id } = await create();
      await ban(id, 'ben');
      await store.rooms.setState((await create({ name: 'held' })).id, 'suspended', ['active']);
      const arrived = [
        { name: 'standup', identity: 'ana' },
        { name: 'standup', identity: 'ben' },
        { name: 'held', identity: 'ana' },
        { name: 'nowhere', identity: 'ana' },
        { name: 'standup', identity: 'cy' },
      ];
      expect(await store.rooms.unexpected(arrived)).toEqual([false, true, true, true, false]);
    });

    test('is of one room', async () => {
      const [one, two] = [await create(), await create({ name: 'two' })];
      await ban(one.id, 'ben');
      await expect(admit(two.id, 'ben')).resolves.toBeDefined();
    });

    test('and a join at the same time leave no seat behind', async () => {
      const { id } = await create({ maxParticipants: 0 });
      const people = Array.from({ length: 40 }, (_, n) => `user-${n}`);
      await Promise.allSettled(people.flatMap((who) => [admit(id, who), ban(id, who), admit(id, who)]));
      expect(await store.sessions.seatsTaken(id)).toBe(0);
    });
  });

  test('moderators are promoted once, told at the door, and demoted', async () => {
    const { id } = await create();
    const add = () => store.moderators.add({ roomId: id, identity: 'ben', name: 'Ben', by: 'ana' });
    expect(await add()).toBe(true);
    expect(await add()).toBe(false);
    expect(await admit(id, 'ben')).toMatchObject({ moderates: true });
    expect(await store.moderators.ofRoom(id)).toMatchObject([{ identity: 'ben', by: 'ana' }]);
    expect(await store.moderators.remove(id, 'ben')).toBe(true);
    expect(await store.moderators.remove(id, 'ben')).toBe(false);
  });

  test('who is there and who has a seat are told apart', async () => {
    const { id } = await create();
    const other = await create({ name: 'other' });
    await admit(id, 'ana');
    await joined(id, 'ben');
    expect(await store.sessions.presentIn(id)).toEqual([{ identity: 'ben', name: 'ben' }]);
    expect(await store.sessions.seatsTaken(id)).toBe(2);
    expect(await store.sessions.hasSeat(id, 'ana')).toBe(true);
    expect(await store.sessions.hasSeat(id, 'cy')).toBe(false);
    await store.sessions.joined({
      sid: 'PA_2',
      roomId: other.id,
      roomSid: 'RM_2',
      identity: 'ben',
      name: 'Ben',
      joinedAt: 5,
    });
    expect(await store.sessions.online()).toBe(1);
  });
}
