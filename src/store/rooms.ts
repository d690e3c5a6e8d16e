/** Rooms: what was created through the API, whether or not LiveKit has it open at the moment. */
import { randomUUID } from 'node:crypto';
import { type ExpressionBuilder, type Kysely, sql } from 'kysely';
import { type Failure, failure } from '../core/errors.ts';
import { isUniqueViolation } from './constraint.ts';
import { roomClosed, roomCreated } from './events.ts';
import { Bans } from './members.ts';
import { Outbox } from './outbox.ts';
import type { Database, RoomRow } from './schema.ts';
import { seatless, seatsOf, seatsTaken } from './seats.ts';
import { asJson, rowsOf, run, singleRow } from './statements.ts';
import { inTransaction, oneAtATime } from './transaction.ts';

/** How long somebody may hold a token for a room that has been closed, in milliseconds; LiveKit goes by its name. */
const nameRests = 600_000;

export type RoomState = 'active' | 'suspended' | 'archived';

export interface Room {
  id: string;
  name: string;
  createdBy: string;
  mode: string;
  isPublic: boolean;
  maxParticipants: number;
  settings: Record<string, unknown>;
  state: RoomState;
  createdAt: Date;
  /** When it got into its state. */
  stateSince: Date;
}

export type NewRoom = Pick<Room, 'name' | 'createdBy' | 'mode' | 'isPublic' | 'maxParticipants' | 'settings'>;

/** What isn't named stays as it is; settings too, one by one. */
export type RoomChange = Partial<Pick<Room, 'isPublic' | 'maxParticipants' | 'settings'>>;

export interface ListedRoom extends Room {
  /** How many participants are connected. */
  participants: number;
}

/** What there is against somebody being in a room. */
export interface Objections extends Pick<Room, 'state' | 'stateSince'> {
  /** The identities that are banned. */
  banned: string[];
}

/** Which rooms an administrator wants to see. */
export interface RoomFilter {
  /** Part of a name, or an id. */
  search?: string;
  states?: readonly RoomState[];
  isPublic?: boolean;
  createdBy?: string;
}

/** Which of many: `page` from 1 on. */
export interface Page {
  page: number;
  limit: number;
}

export interface NamedAt {
  name: string;
  /** In milliseconds since 1970, by LiveKit's clock. */
  at: number;
}

export interface Arrival {
  /** LiveKit's room. */
  name: string;
  identity: string;
}

const roomByName = singleRow(
  `select * from rooms where name = $1 order by state = 'archived', "createdAt" desc limit 1`,
);

/** By how much LiveKit's clock may be behind ours, in milliseconds. */
const clockTolerance = 10_000;

/** An active room of that name, from which they are not banned, is one that they may be in. */
const unexpected = (db: Kysely<Database>) => `
  with arrived as (${rowsOf(db, '$1', { n: 'bigint', name: 'text', identity: 'text' })})
  select n from arrived where not exists (
    select 1 from rooms r where r.name = arrived.name and r.state = 'active'
    and not exists (select 1 from bans b where b."roomId" = r.id and b.identity = arrived.identity)
  )`;

/** Who has the name and had it then, who had it then, who came last before then, or else the first that came. */
const roomsAt = (db: Kysely<Database>) => `
  with given as (${rowsOf(db, '$1', { n: 'bigint', name: 'text', at: 'bigint' })}),
  asked as (select n, name, at, at + ${clockTolerance} as latest from given)
  select n, coalesce(
    (select id from rooms r where r.name = asked.name and r.state <> 'archived' and r."stateSince" <= asked.latest),
    (select id from rooms r where r.name = asked.name and r.state = 'archived'
      and r."createdAt" <= asked.latest and r."stateSince" >= asked.at order by r."createdAt" desc limit 1),
    (select id from rooms r where r.name = asked.name and r."createdAt" <= asked.latest
      order by r."createdAt" desc limit 1),
    (select id from rooms r where r.name = asked.name order by r."createdAt" limit 1)
  ) as id from asked`;

export class Rooms {
  readonly #db: Kysely<Database>;
  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  /**
   * Creates an active room.
   * @param limit how many active rooms its creator may have; 0: any number
   * @throws Failure `room/name-taken`, `room/limit-reached`
   */
  async create(room: NewRoom, limit = 0): Promise<Room> {
    const now = Date.now();
    const row: RoomRow = {
      ...room,
      id: randomUUID(),
      isPublic: room.isPublic ? 1 : 0,
      settings: JSON.stringify(room.settings),
      state: 'active',
      createdAt: now,
      stateSince: now,
    };
    await inTransaction(this.#db, async (tx) => {
      if (limit > 0) {
        await oneAtATime(tx, `rooms of ${room.createdBy}`);
        const { active } = await tx
          .selectFrom('rooms')
          .select(({ fn }) => fn.countAll<number>().as('active'))
          .where('createdBy', '=', room.createdBy)
          .where('state', '=', 'active')
          .executeTakeFirstOrThrow();
        if (active >= limit) throw failure('room/limit-reached', { limit });
      }
      await requireRested(tx, room, now);
      await onlyOneOf(room.name, tx.insertInto('rooms').values(row).execute());
      await new Outbox(tx).publish(roomCreated(row));
    });
    return fromRow(row);
  }

  /** The room of that name that isn't archived, or else the one that was made last. */
  async byName(name: string): Promise<Room | undefined> {
    const [row] = (await run<RoomRow>(this.#db, roomByName, [name])).rows;
    return row && fromRow(row);
  }

  /** What there is against `identities` being in the room of that name: its state, and who of them is banned. */
  async objections(name: string, identities: readonly string[]): Promise<Objections | undefined> {
    const room = await this.byName(name);
    if (room === undefined) return undefined;
    const { state, stateSince } = room;
    return { state, stateSince, banned: await new Bans(this.#db).among(room.id, identities) };
  }

  /**
   * Which of those who arrived in LiveKit's rooms should be looked at: they are in none of our open rooms, or banned
   * from it.
   * @returns whether, in the order of `arrived`
   */
  async unexpected(arrived: readonly Arrival[]): Promise<boolean[]> {
    const rows = arrived.map(({ name, identity }, n) => ({ n, name, identity }));
    const { rows: found } = await run<{ n: number }>(this.#db, unexpected(this.#db), [asJson(rows)]);
    const those = new Set(found.map(({ n }) => n));
    return arrived.map((_, n) => those.has(n));
  }

  /**
   * The ids of the rooms that had these names at these times. A name may be another room's later on, and LiveKit knows
   * rooms by name alone.
   * @returns in the order of `asked`
   */
  async idsAt(asked: readonly NamedAt[]): Promise<(string | undefined)[]> {
    if (asked.length === 0) return [];
    const rows = asked.map(({ name, at }, n) => ({ n, name, at }));
    const { rows: found } = await run<{ n: number; id: string | null }>(this.#db, roomsAt(this.#db), [
      asJson(rows),
    ]);
    const ids = new Map(found.map(({ n, id }) => [n, id ?? undefined]));
    return asked.map((_, n) => ids.get(n));
  }

  async byId(id: string): Promise<Room | undefined> {
    const row = await this.#db.selectFrom('rooms').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  }

  /** @returns the room as it is then; undefined where there is none */
  async update(id: string, { settings, ...change }: RoomChange): Promise<Room | undefined> {
    return inTransaction(this.#db, async (tx) => {
      await oneAtATime(tx, `changes of ${id}`);
      const before = await new Rooms(tx).byId(id);
      if (before === undefined) return undefined;
      const after: Room = { ...before, ...change, settings: { ...before.settings, ...settings } };
      await tx
        .updateTable('rooms')
        .set({
          isPublic: after.isPublic ? 1 : 0,
          maxParticipants: after.maxParticipants,
          settings: JSON.stringify(after.settings),
        })
        .where('id', '=', id)
        .execute();
      return after;
    });
  }

  /**
   * Opens, suspends or archives a room. One that isn't active has no seats.
   * @param from does so only out of one of these states
   * @param whenEmpty does so only while no seat is taken
   * @returns the room as it is then; undefined where there is none in such a state
   * @throws Failure `room/name-taken` where it is to be opened, and another has its name by now
   */
  async setState(
    id: string,
    state: RoomState,
    from: readonly RoomState[],
    whenEmpty = false,
  ): Promise<Room | undefined> {
    return inTransaction(this.#db, async (tx) => {
      await oneAtATime(tx, seatsOf(id));
      const before = await new Rooms(tx).byId(id);
      if (before === undefined || !from.includes(before.state)) return undefined;
      if (whenEmpty && (await seatsTaken(tx, id)) > 0) return undefined;
      const row = await onlyOneOf(
        before.name,
        tx
          .updateTable('rooms')
          .set({ state, stateSince: Date.now() })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirstOrThrow(),
      );
      if (state !== 'active') await tx.deleteFrom('admissions').where('roomId', '=', id).execute();
      if (state === 'archived') await new Outbox(tx).publish(roomClosed(row));
      return fromRow(row);
    });
  }

  /**
   * Archives the active rooms that nobody has been in, or had a token for, since `before`; not those that are persistent.
   * @returns which
   */
  async archiveIdle(before: number): Promise<Room[]> {
    const idle = await this.#db
      .selectFrom('rooms')
      .selectAll()
      .where('state', '=', 'active')
      .where('stateSince', '<', before)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('sessions')
              .select('sid')
              .whereRef('sessions.roomId', '=', 'rooms.id')
              .where(({ eb, or }) => or([eb('leftAt', 'is', null), eb('leftAt', '>=', before)])),
          ),
        ),
      )
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('admissions')
              .select('identity')
              .whereRef('admissions.roomId', '=', 'rooms.id')
              .where('expiresAt', '>=', before),
          ),
        ),
      )
      .execute();
    const archived: Room[] = [];
    for (const room of idle.map(fromRow)) {
      if (room.settings['isPersistent'] === true) continue;
      const done = await this.setState(room.id, 'archived', ['active'], true);
      if (done) archived.push(done);
    }
    return archived;
  }

  /** A user's own rooms that aren't archived, newest first. */
  async createdBy(userId: string, limit: number): Promise<ListedRoom[]> {
    const rows = await this.#listed()
      .where('createdBy', '=', userId)
      .where('state', '!=', 'archived')
      .orderBy('createdAt', 'desc')
      .limit(limit)
      .execute();
    return rows.map(fromListedRow);
  }

  /** Rooms that `filter` lets through, newest first, and how many there are of them. */
  async find(filter: RoomFilter, { page, limit }: Page): Promise<{ rooms: ListedRoom[]; total: number }> {
    const { search, states, isPublic, createdBy } = filter;
    const chosen = ({ eb, and, or }: ExpressionBuilder<Database, 'rooms'>) =>
      and([
        ...(search ? [or([eb('id', '=', search), eb('name', 'like', `%${search.toLowerCase()}%`)])] : []),
        ...(states?.length ? [eb('state', 'in', states)] : []),
        ...(isPublic === undefined ? [] : [eb('isPublic', '=', isPublic ? 1 : 0)]),
        ...(createdBy ? [eb('createdBy', '=', createdBy)] : []),
      ]);
    const rows = await this.#listed()
      .where(chosen)
      .orderBy('createdAt', 'desc')
      .orderBy('id')
      .limit(limit)
      .offset((page - 1) * limit)
      .execute();
    const { total } = await this.#db
      .selectFrom('rooms')
      .select(({ fn }) => fn.countAll<number>().as('total'))
      .where(chosen)
      .executeTakeFirstOrThrow();
    return { rooms: rows.map(fromListedRow), total };
  }

  #listed() {
    return this.#db
      .selectFrom('rooms')
      .selectAll()
      .select((eb) =>
        eb
          .selectFrom('sessions')
          .select(sql<number>`count(distinct identity)`.as('participants'))
          .whereRef('sessions.roomId', '=', 'rooms.id')
          .where('leftAt', 'is', null)
          .where('kind', 'not in', seatless)
          .as('participants'),
      );
  }
}

/** @throws Failure `room/suspended`, `room/inactive` */
export function requireOpen(name: string, state: string): void {
  const problem = notOpen(name, state);
  if (problem) throw problem;
}

/** Why nobody gets into a room in this state: `room/suspended`, `room/inactive`; undefined: it is open. */
export function notOpen(name: string, state: string): Failure | undefined {
  if (state === 'suspended') return failure('room/suspended', { room: name });
  return state === 'active' ? undefined : failure('room/inactive', { room: name });
}

/**
 * Tokens for a room that was just closed would let in to the next of its name: while they may be good, only the same
 * owner gets it.
 */
async function requireRested(tx: Kysely<Database>, { name, createdBy }: NewRoom, now: number): Promise<void> {
  const closed = await tx
    .selectFrom('rooms')
    .select('id')
    .where('name', '=', name)
    .where('state', '=', 'archived')
    .where('stateSince', '>', now - nameRests)
    .where('createdBy', '!=', createdBy)
    .executeTakeFirst();
  if (closed) throw failure('room/name-taken', { room: name });
}

async function onlyOneOf<T>(name: string, change: Promise<T>): Promise<T> {
  return change.catch((error: unknown) => {
    throw isUniqueViolation(error) ? failure('room/name-taken', { room: name }, error) : error;
  });
}

/** A room as its row says. */
export function fromRow(row: RoomRow): Room {
  return {
    ...row,
    isPublic: row.isPublic === 1,
    settings: JSON.parse(row.settings) as Record<string, unknown>,
    state: row.state as Room['state'],
    createdAt: new Date(row.createdAt),
    stateSince: new Date(row.stateSince),
  };
}

function fromListedRow({ participants, ...row }: RoomRow & { participants: number | null }): ListedRoom {
  return { ...fromRow(row), participants: participants ?? 0 };
}
