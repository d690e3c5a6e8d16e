/** Keeps those out who may not be in a room, whatever tokens they still hold: LiveKit lets in by the token alone. */
import { Failure, reasonOf } from '../core/errors.ts';
import { redact } from '../core/redact.ts';
import { together } from '../core/together.ts';
import type { Arrival, Objections, Store } from '../store/index.ts';
import type { ServerContext } from './context.ts';

interface Context {
  sfu: Pick<ServerContext['sfu'], 'control'>;
  log: Pick<ServerContext['log'], 'info' | 'warn'>;
}

/**
 * An archived room's name is free: once nobody can have a token for it any more, LiveKit's room of that name is somebody
 * else's. In milliseconds.
 */
const mayLinger = 3_600_000;

/**
 * Puts somebody out of LiveKit's room.
 * @returns false when they weren't there, or LiveKit didn't do it: the next look at the room will
 */
export function putOut({ sfu, log }: Context, room: string, identity: string): Promise<boolean> {
  return attempt(log, { room, identity }, async () =>
    (await sfu.control()).removeParticipant(room, identity),
  );
}

/** Ends LiveKit's room, and puts everybody out. @returns as {@link putOut} does */
export function endRoom({ sfu, log }: Context, room: string): Promise<boolean> {
  return attempt(log, { room }, async () => (await sfu.control()).deleteRoom(room));
}

/**
 * Looks at everybody who arrives. Nearly all of them may be there, which one statement tells of all who arrive at the same
 * time.
 */
export function doorkeeper(
  context: Context & { store: Pick<Store, 'rooms'> },
): (arrival: Arrival) => Promise<void> {
  const isUnexpected = together((arrived: Arrival[]) => context.store.rooms.unexpected(arrived));
  return async (arrival) => {
    if (await isUnexpected(arrival)) await lookAtThoseIn(context, arrival.name, [arrival.identity]);
  };
}

/** `identities` are in LiveKit's room of that name: may they be? */
export async function lookAtThoseIn(
  context: Context & { store: Pick<Store, 'rooms'> },
  name: string,
  identities: readonly string[],
): Promise<void> {
  const objections = await context.store.rooms.objections(name, identities);
  if (objections === undefined) return;
  const { state, banned } = objections;
  if (isClosed(objections)) {
    if (await endRoom(context, name))
      context.log.info({ room: name, state }, 'a room that is not open was ended');
    return;
  }
  for (const identity of banned) {
    if (await putOut(context, name, identity)) {
      context.log.info({ room: name, identity }, 'a banned participant was put out');
    }
  }
}

function isClosed({ state, stateSince }: Objections): boolean {
  if (state === 'archived') return Date.now() - stateSince.getTime() < mayLinger;
  return state === 'suspended';
}

async function attempt(
  log: Context['log'],
  about: { room: string; identity?: string },
  work: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code !== 'sfu/not-found') {
      log.warn(
        { ...about, problem: redact(reasonOf(error)) },
        'LiveKit did not put out who may not be there',
      );
    }
    return false;
  }
}
