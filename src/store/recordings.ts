/** Recordings and what happens to them. */
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { failure } from '../core/errors.ts';
import { isUniqueViolation } from './constraint.ts';
import type { EventName } from './events.ts';
import { Outbox } from './outbox.ts';
import { liveStates, type RecordingState, type RecordingStep, stateAfter } from './recording-state.ts';
import type { Database, RecordingRow } from './schema.ts';
import { inTransaction, oneAtATime } from './transaction.ts';

export type Recording = RecordingRow;

export type NewRecording = Pick<Recording, 'roomId' | 'roomName' | 'createdBy'>;

/** What is learnt with a step; what isn't named stays. */
export type RecordingFacts = Partial<
  Pick<
    Recording,
    | 'egressId'
    | 'source'
    | 'storageKey'
    | 'fileSize'
    | 'sha256'
    | 'durationMs'
    | 'error'
    | 'startedAt'
    | 'endedAt'
  >
>;

/** Which recordings; what is left out doesn't matter. */
export interface RecordingFilter {
  roomId?: string | undefined;
  roomName?: string | undefined;
  createdBy?: string | undefined;
  states?: readonly RecordingState[] | undefined;
}

export class Recordings {
  readonly #db: Kysely<Database>;
  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  /**
   * Notes that a recording is about to be asked for. A room has one at a time.
   * @param limit how many recordings the room may have; 0: any number
   * @throws Failure `recording/running`, `recording/limit-reached`
   */
  async begin(recording: NewRecording, limit = 0): Promise<Recording> {
    const now = Date.now();
    const row: Recording = {
      ...recording,
      id: randomUUID(),
      state: 'starting',
      egressId: null,
      source: null,
      storageKey: null,
      fileSize: null,
      sha256: null,
      durationMs: null,
      error: null,
      createdAt: now,
      startedAt: null,
      endedAt: null,
      completedAt: null,
      changedAt: now,
    };
    await inTransaction(this.#db, async (tx) => {
      if (limit > 0) {
        await oneAtATime(tx, `recordings of ${row.roomId}`);
        const count = await new Recordings(tx).count({ roomId: row.roomId });
        if (count >= limit) throw failure('recording/limit-reached', { limit });
      }
      await tx
        .insertInto('recordings')
        .values(row)
        .execute()
        .catch((error: unknown) => {
          throw isUniqueViolation(error)
            ? failure('recording/running', { room: row.roomName }, error)
            : error;
        });
    });
    return row;
  }

  /**
   * Something happened to a recording. What that makes of it, and whom it is told to, is kept together.
   * @returns the recording as it is now, and whether `step` moved it; undefined when there is none
   */
  async step(
    id: string,
    step: RecordingStep,
    facts: RecordingFacts = {},
  ): Promise<{ recording: Recording; moved: boolean } | undefined> {
    return inTransaction(this.#db, async (tx) => {
      await oneAtATime(tx, `recording ${id}`);
      const before = await new Recordings(tx).byId(id);
      if (before === undefined) return undefined;
      const state = stateAfter(before.state, step);
      if (state === undefined) return { recording: before, moved: false };
      const now = Date.now();
      const change = {
        ...facts,
        state,
        changedAt: now,
        ...(state === 'completed' ? { completedAt: now } : {}),
      };
      await tx.updateTable('recordings').set(change).where('id', '=', id).execute();
      const recording = { ...before, ...change };
      const event = eventOf[state];
      if (event) await new Outbox(tx).publish({ event, data: announcement(recording) });
      return { recording, moved: true };
    });
  }

  /** Notes what LiveKit calls it, unless that is known. */
  async nameEgress(id: string, egressId: string): Promise<void> {
    await this.#db
      .updateTable('recordings')
      .set({ egressId })
      .where('id', '=', id)
      .where('egressId', 'is', null)
      .execute();
  }

  async byId(id: string): Promise<Recording | undefined> {
    return this.#db.selectFrom('recordings').selectAll().where('id', '=', id).executeTakeFirst();
  }

  /** The one that a room has under way. */
  async liveOf(roomId: string): Promise<Recording | undefined> {
    return this.#db
      .selectFrom('recordings')
      .selectAll()
      .where('roomId', '=', roomId)
      .where('state', 'in', liveStates)
      .executeTakeFirst();
  }

  /** The newest first. */
  async list(filter: RecordingFilter, limit: number, offset = 0): Promise<Recording[]> {
    return this.#select(filter)
      .selectAll()
      .orderBy('createdAt', 'desc')
      .orderBy('id')
      .limit(limit)
      .offset(offset)
      .execute();
  }

  /** How many there are in each state; of those in which there are any. */
  async countByState(): Promise<{ state: RecordingState; count: number }[]> {
    return this.#db
      .selectFrom('recordings')
      .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
      .groupBy('state')
      .execute();
  }

  async count(filter: RecordingFilter): Promise<number> {
    const { count } = await this.#select(filter)
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return count;
  }

  /** Those in one of `states` that were as they are by `before`, the oldest first. */
  async unchangedSince(
    before: number,
    states: readonly RecordingState[],
    limit: number,
  ): Promise<Recording[]> {
    return this.#select({ states })
      .selectAll()
      .where('changedAt', '<=', before)
      .orderBy('changedAt')
      .limit(limit)
      .execute();
  }

  /** Notes that the recorder's file is gone. */
  async forgetSource(id: string): Promise<void> {
    await this.#db.updateTable('recordings').set({ source: null }).where('id', '=', id).execute();
  }

  /** Those completed by `before` whose recorder's file may still be there. */
  async withSource(before: number, limit: number): Promise<Recording[]> {
    return this.#select({ states: ['completed'] })
      .selectAll()
      .where('changedAt', '<=', before)
      .where('source', 'is not', null)
      .limit(limit)
      .execute();
  }

  /** Forgets one. Its file is the caller's business. */
  async forget(id: string): Promise<void> {
    await this.#db.deleteFrom('recordings').where('id', '=', id).execute();
  }

  #select({ roomId, roomName, createdBy, states }: RecordingFilter) {
    let query = this.#db.selectFrom('recordings');
    if (roomId !== undefined) query = query.where('roomId', '=', roomId);
    if (roomName !== undefined) query = query.where('roomName', '=', roomName);
    if (createdBy !== undefined) query = query.where('createdBy', '=', createdBy);
    return states === undefined ? query : query.where('state', 'in', states);
  }
}

/** What others are told when a recording has come to an end. */
const eventOf: Partial<Record<RecordingState, EventName>> = {
  completed: 'recording.completed',
  failed: 'recording.failed',
  aborted: 'recording.failed',
};

/** What others are told of it, in the words of Bedrud's own events. */
function announcement({ id, roomId, roomName, fileSize, durationMs, sha256, state, error }: Recording) {
  return {
    recordingId: id,
    roomId,
    roomName,
    status: state === 'completed' ? 'completed' : 'failed',
    ...(state === 'completed'
      ? { fileURL: downloadPath(roomId, id), fileSizeBytes: fileSize, sha256, durationMs }
      : { error }),
  };
}

/** Where the API hands out the file. */
export function downloadPath(roomId: string, id: string): string {
  return `/api/rooms/${roomId}/recordings/${id}/download`;
}
