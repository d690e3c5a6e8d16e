/** Rooms: what was created through the API, whether or not LiveKit has it open at the moment. */
import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { failure } from '../core/errors.ts';
import { isUniqueViolation } from './constraint.ts';
import type { Database, RoomRow } from './schema.ts';
import { inTransaction, oneAtATime } from './transaction.ts';

export interface Room {
  id: string;
  name: string;
  createdBy: string;
  mode: string;
  isPublic: boolean;
  maxParticipants: number;
  settings: Record<string, unknown>;
  state: 'active' | 'archived';
  createdAt: Date;
}

export type NewRoom = Pick<Room, 'name' | 'createdBy' | 'mode' | 'isPublic' | 'maxParticipants' | 'settings'>;

export interface ListedRoom extends Room {
  /** How many participants are connected. */
  participants: number;
}

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
    const row: RoomRow = {
      ...room,
      id: randomUUID(),
      isPublic: room.isPublic ? 1 : 0,
      settings: JSON.stringify(room.settings),
      state: 'active',
      createdAt: Date.now(),
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
      await tx
        .insertInto('rooms')
        .values(row)
        .execute()
        .catch((error: unknown) => {
          if (isUniqueViolation(error)) {
            throw failure('room/name-taken', { room: room.name }, error);
          }
          throw error;
        });
    });
    return fromRow(row);
  }

  /** The newest room of that name: the active one where there is one. */
  async byName(name: string): Promise<Room | undefined> {
    const row = await this.#db
      .selectFrom('rooms')
      .selectAll()
      .where('name', '=', name)
      .orderBy('createdAt', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row && fromRow(row);
  }

  async byId(id: string): Promise<Room | undefined> {
    const row = await this.#db.selectFrom('rooms').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  }

  /** A user's own active rooms, newest first. */
  async createdBy(userId: string, limit: number): Promise<ListedRoom[]> {
    const rows = await this.#db
      .selectFrom('rooms')
      .selectAll()
      .select((eb) =>
        eb
          .selectFrom('sessions')
          .select(sql<number>`count(distinct identity)`.as('participants'))
          .whereRef('sessions.roomId', '=', 'rooms.id')
          .where('leftAt', 'is', null)
          .as('participants'),
      )
      .where('createdBy', '=', userId)
      .where('state', '=', 'active')
      .orderBy('createdAt', 'desc')
      .limit(limit)
      .execute();
    return rows.map(({ participants, ...row }) => ({ ...fromRow(row), participants: participants ?? 0 }));
  }
}

function fromRow(row: RoomRow): Room {
  return {
    ...row,
    isPublic: row.isPublic === 1,
    settings: JSON.parse(row.settings) as Record<string, unknown>,
    state: row.state as Room['state'],
    createdAt: new Date(row.createdAt),
  };
}
