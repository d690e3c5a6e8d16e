/** The seats of a room: who has a good token for it, or is there. */
import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';

/** What one transaction at a time decides about: seats, and who may have one. */
export function seatsOf(roomId: string): string {
  return `seats of ${roomId}`;
}

/**
 * The kinds of participants that take no seat and that nobody counts: recorders and agents, which come with the others.
 * LiveKit's max_participants leaves out the same ones (`IsDependent` in its source).
 */
export const seatless = ['egress', 'agent'];

/** The identities that have a seat in a room, once each. */
export function seatHolders(db: Kysely<Database>, roomId: string) {
  return db
    .selectFrom('sessions')
    .select('identity')
    .where('roomId', '=', roomId)
    .where('leftAt', 'is', null)
    .where('kind', 'not in', seatless)
    .union(
      db
        .selectFrom('admissions')
        .select('identity')
        .where('roomId', '=', roomId)
        .where('expiresAt', '>', Date.now()),
    )
    .as('seats');
}

/** How many seats of a room are taken. */
export async function seatsTaken(db: Kysely<Database>, roomId: string): Promise<number> {
  const { taken } = await db
    .selectFrom(seatHolders(db, roomId))
    .select(({ fn }) => fn.countAll<number>().as('taken'))
    .executeTakeFirstOrThrow();
  return taken;
}
