/**
 * Letting people in: who gets a join token has a seat from then on, before they have connected. A meeting server does
 * nothing more often, so it is one statement, which looks and writes at once.
 */
import type { Kysely } from 'kysely';
import { type Failure, failure } from '../core/errors.ts';
import { together } from '../core/together.ts';
import { fromRow, notOpen, type Room } from './rooms.ts';
import type { Database, RoomRow } from './schema.ts';
import { seatless } from './seats.ts';
import { asJson, run, singleRow } from './statements.ts';
import { isPostgres } from './transaction.ts';

export interface Admission {
  identity: string;
  userId: string;
  name: string;
  /** Until when the token is good, in milliseconds since 1970. */
  expiresAt: number;
}

export interface Admitted {
  room: Room;
  /** Are they one of its moderators? */
  moderates: boolean;
}

type ById = Admission & { roomId: string };
type ByName = Admission & { roomName: string };
type Asked = ById | ByName;

/**
 * PostgreSQL is busy with some while we are with others, and refuses texts that SQLite takes. SQLite has one writer, and does one
 * thing at a time.
 */
const onServer = { lanes: 2, alone: true };

export class Admissions {
  readonly #db: Kysely<Database>;
  readonly #ask: (asked: Asked) => Promise<Admitted | undefined>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
    this.#ask = db.isTransaction
      ? (asked) => ask(db, asked)
      : together((many) => askTogether(db, many), isPostgres(db) ? onServer : {});
  }

  /**
   * Takes a seat in the active room of that name, or keeps the one that this identity has already, where nothing more need be
   * known of them: in a public room, and in their own.
   * @returns undefined when they may not, or it takes a closer look
   */
  enter(asked: ByName): Promise<Admitted | undefined> {
    return this.#ask(asked);
  }

  /**
   * Takes a seat, or keeps the one that this identity has already, in a room that they may enter.
   * @throws Failure `room/banned`, `room/suspended`, `room/inactive`, `room/full`
   */
  async admit(asked: ById): Promise<Admitted> {
    const admitted = await this.#ask(asked);
    if (admitted === undefined) throw await whyNot(this.#db, asked);
    return admitted;
  }

  /** Gives a seat back that was taken but not used. */
  async withdraw(roomId: string, identity: string): Promise<void> {
    await this.#db
      .deleteFrom('admissions')
      .where('roomId', '=', roomId)
      .where('identity', '=', identity)
      .execute();
  }
}

async function askTogether(db: Kysely<Database>, many: Asked[]): Promise<(Admitted | undefined)[]> {
  const [first, ...others] = many;
  if (first === undefined) return [];
  if (others.length === 0) return [await ask(db, first)];
  if (isPostgres(db)) return askEach(db, many);
  // SQLite has one writer, and each of its transactions ends with a write to the disk.
  return db.transaction().execute(async (tx) => {
    const answers: (Admitted | undefined)[] = [];
    for (const asked of many) answers.push(await ask(tx, asked));
    return answers;
  });
}

/** As {@link ask} on PostgreSQL does it, in one round trip. */
async function askEach(db: Kysely<Database>, many: Asked[]): Promise<(Admitted | undefined)[]> {
  const asked = many.map((one) => ({ ...one, ...roomOf(one) }));
  const parameters = [asJson(asked), Date.now()];
  const { rows } = await run<{ answers: (Answer | null)[] }>(db, eachOnPostgres, parameters);
  return many.map((_, n) => admittedBy(rows[0]?.answers[n]));
}

interface Answer {
  moderates: number;
  /** The room's row, as JSON. */
  room: string;
}

async function ask(db: Kysely<Database>, asked: Asked): Promise<Admitted | undefined> {
  const { identity, userId, name, expiresAt } = asked;
  const { byName, which } = roomOf(asked);
  const parameters = [which, identity, userId, name, expiresAt, Date.now()];
  const { rows } = isPostgres(db)
    ? // A crash of PostgreSQL's host may forget who was admitted in its last second, as one does with SQLite; LiveKit
      // tells of those who came. What else a transaction does is kept.
      await run<Answer>(db, onPostgres, [byName, ...parameters, !db.isTransaction])
    : await run<Answer>(db, byName ? byNameOnSqlite : byIdOnSqlite, parameters);
  return admittedBy(rows[0]);
}

function admittedBy(answer: Answer | null | undefined): Admitted | undefined {
  return answer
    ? { room: fromRow(JSON.parse(answer.room) as RoomRow), moderates: answer.moderates > 0 }
    : undefined;
}

function roomOf(asked: Asked): { byName: boolean; which: string } {
  if ('roomName' in asked) return { byName: true, which: asked.roomName };
  return { byName: false, which: asked.roomId };
}

const eachOnPostgres = 'call "enterEach"($1, $2, null)';
const onPostgres = 'select moderates, room from enter($1, $2, $3, $4, $5, $6, $7, $8)';

/** As a single statement it is a transaction too, and has the write lock before it looks. */
const onSqlite = (which: string) =>
  singleRow(`
  insert into admissions ("roomId", identity, "userId", name, "expiresAt") select r.id, ?2, ?3, ?4, ?5
  from rooms r where ${which} and r.state = 'active'
  and not exists (select 1 from bans where "roomId" = r.id and identity = ?2)
  and (r."maxParticipants" = 0 or r."maxParticipants" > (
    select count(*) from (
      select identity from sessions
      where "roomId" = r.id and "leftAt" is null and kind not in (${seatless.map((kind) => `'${kind}'`)})
      union
      select identity from admissions where "roomId" = r.id and "expiresAt" > ?6
    ) where identity <> ?2
  ))
  on conflict ("roomId", identity) do update set
  "userId" = excluded."userId", name = excluded.name, "expiresAt" = excluded."expiresAt"
  returning (select count(*) from moderators m where m."roomId" = admissions."roomId" and m.identity = ?2) as moderates,
  (
    select json_object(
      'id', id, 'name', name, 'createdBy', "createdBy", 'mode', mode, 'isPublic', "isPublic",
      'maxParticipants', "maxParticipants", 'settings', settings, 'state', state,
      'createdAt', "createdAt", 'stateSince', "stateSince"
    ) from rooms where id = admissions."roomId"
  ) as room`);

const byIdOnSqlite = onSqlite('r.id = ?1');
const byNameOnSqlite = onSqlite('r.name = ?1 and (r."isPublic" = 1 or r."createdBy" = ?2)');

/** What stood against letting somebody in. */
async function whyNot(db: Kysely<Database>, { roomId, identity }: ById): Promise<Failure> {
  const room = await db
    .selectFrom('rooms')
    .select(['name', 'state', 'maxParticipants'])
    .where('id', '=', roomId)
    .executeTakeFirst();
  if (room === undefined) return failure('room/not-found', { room: roomId });
  const ban = await db
    .selectFrom('bans')
    .select('identity')
    .where('roomId', '=', roomId)
    .where('identity', '=', identity)
    .executeTakeFirst();
  if (ban) return failure('room/banned', { room: room.name });
  return notOpen(room.name, room.state) ?? failure('room/full', { seats: room.maxParticipants });
}
