/** Keeps those out who may not be in a room, whatever tokens they still hold: LiveKit lets in by the token alone. */
import { Failure, reasonOf } from '../core/errors.ts';
import { redact } from '../core/redact.ts';
import type { Room } from '../store/index.ts';
import type { ServerContext } from './context.ts';

type Context = Pick<ServerContext, 'store' | 'sfu' | 'log'>;

/**
 * Puts somebody out of LiveKit's room.
 * @returns false when they weren't there, or LiveKit didn't do it: the next look at the room will
 */
export function putOut(
  { sfu, log }: Omit<Context, 'store'>,
  room: string,
  identity: string,
): Promise<boolean> {
  return attempt(log, { room, identity }, async () =>
    (await sfu.control()).removeParticipant(room, identity),
  );
}

/** Ends LiveKit's room, and puts everybody out. @returns as {@link putOut} does */
export function endRoom({ sfu, log }: Omit<Context, 'store'>, room: string): Promise<boolean> {
  return attempt(log, { room }, async () => (await sfu.control()).deleteRoom(room));
}

/** `identities` are in LiveKit's room of that name: may they be? */
export async function lookAtThoseIn(
  context: Context,
  room: Pick<Room, 'id' | 'name' | 'state'>,
  identities: readonly string[],
): Promise<void> {
  if (room.state !== 'active') {
    if (await endRoom(context, room.name))
      context.log.info({ room: room.name, state: room.state }, 'a room that is not open was ended');
    return;
  }
  for (const identity of await context.store.bans.among(room.id, identities)) {
    if (await putOut(context, room.name, identity))
      context.log.info({ room: room.name, identity }, 'a banned participant was put out');
  }
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
