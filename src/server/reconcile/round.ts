/**
 * One comparison of the database with LiveKit, which is right about who is there. Webhooks that were lost are made up
 * for: who came is added, who went is taken to have gone by now.
 *
 * Webhooks go on coming meanwhile, and are never undone: the database is read before LiveKit is asked. LiveKit lists
 * participants before it tells of them, and drops them before it tells that they left, so of what was known by then,
 * that which it doesn't list is over.
 */
import { concurrently } from '../../core/concurrently.ts';
import type { Census, LiveParticipant, LiveRoom } from '../../sfu/census.ts';
import { longestKey, type OpenSession, type Store, seatless } from '../../store/index.ts';
import type { Healed } from '../metrics/index.ts';

export type Healing = Record<Healed, number>;

export interface RoundOptions {
  store: Store;
  census: Census;
  /**
   * Looks into every room that anybody is in. Otherwise into those only where LiveKit's list of rooms, which is one
   * call, tells of another instance or another number of participants.
   */
  thorough: boolean;
  /** Told of those in each room that is looked into. */
  lookAtThoseIn(room: string, identities: readonly string[]): Promise<void>;
}

/** How many rooms are looked into at a time. */
const concurrency = 8;

/**
 * @returns what it put right
 * @throws what the store or the census throws, once nothing runs any more; what was put right by then is kept
 */
export async function reconcile({ store, census, thorough, lookAtThoseIn }: RoundOptions): Promise<Healing> {
  const known = byRoom(await store.sessions.open());
  const live = new Map((await census.rooms()).map((room) => [room.name, room]));
  const healing: Healing = { joined: 0, left: 0, reopened: 0 };

  const over = [...known].filter(([name]) => !live.has(name)).flatMap(([, sessions]) => sessions);
  healing.left += await store.sessions.gone(over, Date.now(), 'with their rooms');

  const rooms = [...live.values()].filter((room) => {
    const sessions = known.get(room.name) ?? [];
    return differs(room, sessions) || (thorough && sessions.length > 0);
  });
  let problem: { error: unknown } | undefined;
  await concurrently(rooms, concurrency, async (room) => {
    if (problem) return;
    try {
      const { identities, healed } = await look(room, known.get(room.name) ?? [], store, census);
      for (const kind of Object.keys(healing) as Healed[]) healing[kind] += healed[kind];
      await lookAtThoseIn(room.name, identities);
    } catch (error) {
      problem ??= { error };
    }
  });
  if (problem) throw problem.error;
  return healing;
}

/** LiveKit counts those who take a seat. */
function differs({ sid, participants }: LiveRoom, sessions: OpenSession[]): boolean {
  const counted = sessions.filter(({ kind }) => !seatless.includes(kind));
  return counted.length !== participants || sessions.some(({ roomSid }) => roomSid !== sid);
}

/** Brings one room in line. Rooms that others made on the same SFU are not ours to keep. */
async function look(
  live: LiveRoom,
  sessions: OpenSession[],
  store: Store,
  census: Census,
): Promise<{ identities: string[]; healed: Healing }> {
  if ((await store.rooms.byName(live.name)) === undefined) {
    return { identities: [], healed: { joined: 0, left: 0, reopened: 0 } };
  }
  // One who can't be kept must not keep the others from it.
  const there = (await census.participants(live.name)).filter(
    ({ identity }) => identity.length <= longestKey,
  );
  const listed = new Set(sidsOf(there));
  const gone = sessions.filter(({ sid }) => !listed.has(sid));
  const rooms = await store.rooms.idsAt(there.map(({ joinedAt }) => ({ name: live.name, at: joinedAt })));
  const facts = there.flatMap((one, n) => {
    const roomId = rooms[n];
    return roomId === undefined ? [] : [{ ...one, roomId, roomSid: live.sid }];
  });
  const healed = {
    left: await store.sessions.gone(gone, Date.now()),
    joined: await store.sessions.present(facts),
    reopened: await reopen(live, there, store, census),
  };
  return { identities: there.map(({ identity }) => identity), healed };
}

/** Those who are listed and taken to be over have either just left, or it was wrong: LiveKit is asked once more. */
async function reopen(
  live: LiveRoom,
  there: LiveParticipant[],
  store: Store,
  census: Census,
): Promise<number> {
  const ended = await store.sessions.endedOf(sidsOf(there));
  if (ended.length === 0) return 0;
  const still = new Set(sidsOf(await census.participants(live.name)));
  const wrong = ended.filter(({ sid }) => still.has(sid));
  await store.sessions.reopen(wrong, live.sid);
  return wrong.length;
}

function byRoom(sessions: OpenSession[]): Map<string, OpenSession[]> {
  const rooms = new Map<string, OpenSession[]>();
  for (const session of sessions) {
    const same = rooms.get(session.roomName);
    if (same) same.push(session);
    else rooms.set(session.roomName, [session]);
  }
  return rooms;
}

function sidsOf(those: readonly { sid: string }[]): string[] {
  return those.map(({ sid }) => sid);
}
