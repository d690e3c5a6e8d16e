/** Tells others who came, who left and what ended, in the transaction that notes it. */
import type { Kysely } from 'kysely';
import { aboutRoom, type EventName, type Fact } from './events.ts';
import { Outbox } from './outbox.ts';
import type { Database } from './schema.ts';
import { seatless } from './seats.ts';

/** SQL for the column `heard`: does anybody subscribe to `event`? It saves who writes something from asking. */
export const heard = (event: EventName) =>
  `exists (select 1 from subscriptions where "isActive" = 1 and events like '%"${event}"%') as heard`;

interface Heard {
  /** What {@link heard} says, as either database does; left out where it wasn't asked. */
  heard?: boolean | number;
}
export interface SessionChange extends Heard {
  sid: string;
}
export interface RoomEnding extends Heard {
  roomSid: string;
}

export interface SessionNews {
  came?: readonly SessionChange[];
  left?: readonly SessionChange[];
  ended?: readonly RoomEnding[];
}

/** Tells of sessions and their rooms, in the transaction that changed them. Asks nothing where nobody listens. */
export async function tellOfSessions(
  tx: Kysely<Database>,
  { came = [], left = [], ended = [] }: SessionNews,
): Promise<void> {
  const facts = [
    ...(await participants(tx, 'participant.joined', came)),
    ...(await participants(tx, 'participant.left', left)),
    ...(await rooms(tx, ended)),
  ];
  if (facts.length > 0) await new Outbox(tx).publish(...facts);
}

async function participants(
  tx: Kysely<Database>,
  event: 'participant.joined' | 'participant.left',
  changes: readonly SessionChange[],
): Promise<Fact[]> {
  const sids = changes.filter(isHeard).map(({ sid }) => sid);
  if (sids.length === 0) return [];
  const rows = await tx
    .selectFrom('sessions as s')
    .innerJoin('rooms as r', 'r.id', 's.roomId')
    .select(['s.sid', 's.roomId', 'r.name as roomName', 's.identity', 's.name', 's.joinedAt', 's.leftAt'])
    .where('s.sid', 'in', sids)
    .where('s.kind', 'not in', seatless)
    .execute();
  return rows.map(({ sid, roomId, roomName, identity, name, joinedAt, leftAt }) => ({
    event,
    data: {
      ...{ roomId, roomName, userId: identity, name, joinedAt: time(joinedAt) },
      ...(event === 'participant.left' && leftAt !== null ? { leftAt: time(leftAt) } : {}),
    },
    once: sid,
  }));
}

/** That a room was closed has been told when it was. */
async function rooms(tx: Kysely<Database>, endings: readonly RoomEnding[]): Promise<Fact[]> {
  const roomSids = endings.filter(isHeard).map(({ roomSid }) => roomSid);
  if (roomSids.length === 0) return [];
  const rows = await tx
    .selectFrom('sessions as s')
    .innerJoin('rooms as r', 'r.id', 's.roomId')
    .select(['r.id', 'r.name', 'r.createdBy', 's.roomSid'])
    .distinct()
    .where('s.roomSid', 'in', roomSids)
    .where('r.state', '!=', 'archived')
    .execute();
  return rows.map(({ roomSid, ...room }) => ({
    event: 'room.ended',
    data: { ...aboutRoom(room), reason: 'empty' },
    once: roomSid,
  }));
}

function isHeard({ heard = true }: Heard): boolean {
  return Boolean(heard);
}

function time(at: number): string {
  return new Date(at).toISOString();
}
