/** Recordings, as the API and the commands start, stop, read and remove them. */
import type { Readable } from 'node:stream';
import type { FastifyBaseLogger } from 'fastify';
import { Failure, failure, reasonOf } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import { neverSent } from '../../sfu/connection.ts';
import type { EgressOperations } from '../../sfu/egress.ts';
import type { EgressReport } from '../../sfu/egress-report.ts';
import type { Recording, Room, Store } from '../../store/index.ts';
import { applyReport, recordingIdOf } from './reports.ts';
import type { RecordingSettings } from './settings.ts';
import { destinationOf, removeSource } from './source.ts';
import { type Range, Storages } from './storage.ts';

export type RecordingLog = Pick<FastifyBaseLogger, 'debug' | 'info' | 'warn' | 'error'>;

export interface RecordingServiceOptions {
  store: Store;
  settings: RecordingSettings;
  /** Loaded when first asked for: the SDK behind it is large. */
  egress(): Promise<EgressOperations>;
  log: RecordingLog;
  /** Why nothing can be recorded at the moment; undefined: it can, as far as is known. */
  obstacle?(): Failure | undefined;
  /** As {@link obstacle}, looked into anew. */
  look?(): Promise<Failure | undefined>;
  /** Does Redis answer? */
  redisUp?(): boolean;
  /** Called when there may be a file to fetch. */
  onProcessing?(): void;
}

/** LiveKit is told once more, or given up on, when it knows nothing of a recording for so long. In milliseconds. */
const lostAfter = 120_000;

export class RecordingService {
  readonly storages: Storages;
  readonly #options: RecordingServiceOptions;

  constructor(options: RecordingServiceOptions) {
    this.#options = options;
    this.storages = new Storages(options.settings);
  }

  /** Why nothing can be recorded; undefined: it can, as far as is known. */
  get obstacle(): Failure | undefined {
    const { settings, obstacle } = this.#options;
    if (settings.redis === undefined) return failure('recording/off', {});
    return obstacle?.();
  }

  /** How the Redis is that recording needs; `off`: none is configured. */
  get redis(): 'off' | 'up' | 'down' {
    const { settings, redisUp } = this.#options;
    if (settings.redis === undefined) return 'off';
    return redisUp?.() === true ? 'up' : 'down';
  }

  /** LiveKit told of something: there may be a file to fetch. */
  changed(): void {
    this.#options.onProcessing?.();
  }

  /**
   * Has a room recorded.
   * @throws Failure `recording/not-allowed`, `recording/off`, `recording/unavailable`, `recording/running`,
   *   `recording/limit-reached`, and what {@link EgressOperations.start} throws
   */
  async start(room: Room, createdBy: string): Promise<Recording> {
    const { store, settings } = this.#options;
    if (room.settings['recordingsAllowed'] === false) {
      throw failure('recording/not-allowed', { room: room.name });
    }
    const obstacle = settings.redis ? await this.#options.look?.() : this.obstacle;
    if (obstacle) throw obstacle;
    const limit = room.settings['isPersistent'] === true ? 0 : settings.maxPerRoom;
    const begun = await store.recordings.begin({ roomId: room.id, roomName: room.name, createdBy }, limit);
    try {
      const report = await (await this.#options.egress()).start({
        room: room.name,
        filepath: destinationOf(begun.id, settings),
        upload: settings.bucket,
        audioOnly: room.settings['allowVideo'] === false,
      });
      return (await this.#apply(report)) ?? begun;
    } catch (error) {
      // It may have begun all the same when the answer was lost; then LiveKit's events, or a look at its list, tell.
      const lost = error instanceof Failure && error.code === 'sfu/unreachable' && !neverSent(error);
      if (!lost) await store.recordings.forget(begun.id);
      throw error;
    }
  }

  /**
   * Ends the recording of a room. There is a file some time later.
   * @throws Failure `recording/none`, `sfu/…` when LiveKit can't be told now: it will be
   */
  async stop(room: Pick<Room, 'id' | 'name'>): Promise<Recording> {
    const { store } = this.#options;
    const live = await store.recordings.liveOf(room.id);
    if (live === undefined) throw failure('recording/none', { room: room.name });
    const stopping = (await store.recordings.step(live.id, 'stop'))?.recording ?? live;
    const report = await this.#tellToStop(stopping);
    return (report && (await this.#apply(report))) ?? stopping;
  }

  /**
   * Asks LiveKit how the recordings of a room are, and goes by that: for what no event told of.
   * @param live those of the room that are not over
   */
  async refresh(roomName: string, live: readonly Recording[]): Promise<void> {
    const { store, egress } = this.#options;
    const reports = new Map((await (await egress()).list(roomName)).map((one) => [recordingIdOf(one), one]));
    for (const { id, createdAt } of live) {
      const report = reports.get(id);
      if (report) {
        const now = await this.#apply(report);
        if (now?.state === 'stopping' && recordsOn(report)) await this.#stopAtLast(now);
      } else if (createdAt < Date.now() - lostAfter) {
        await store.recordings.step(id, 'egressLost', { error: 'LiveKit knows nothing of it any more' });
      }
    }
  }

  /** Tries once more to have the file of a recording that failed for want of it. @throws Failure `recording/no-file` */
  async retry({ id, state, source }: Recording): Promise<void> {
    if (state !== 'failed' || source === null) {
      throw failure('recording/no-file', { reason: `it is ${state}, and LiveKit has no file for it` });
    }
    const done = await this.#options.store.recordings.step(id, 'retry', { error: null });
    if (done?.moved) this.changed();
  }

  /**
   * Removes a recording that is over, and its file.
   * @throws Failure `recording/not-over`
   */
  async remove({ id, roomName }: Recording): Promise<void> {
    const { store } = this.#options;
    const done = await store.recordings.step(id, 'delete');
    if (done === undefined) return;
    if (done.recording.state !== 'deleting') throw failure('recording/not-over', { room: roomName });
    await this.finishRemoval(done.recording);
  }

  /** The rest of {@link remove}: whoever dies in between leaves a recording that says so. */
  async finishRemoval(recording: Recording): Promise<void> {
    const { storages } = this;
    const { store, settings } = this.#options;
    if (recording.storageKey !== null) await storages.remove(recording.storageKey);
    if (recording.source !== null) await removeSource(recording, { settings, storages });
    await store.recordings.forget(recording.id);
  }

  /** The file, or a part of it. @throws Failure `recording/no-file` */
  async open({ state, storageKey }: Recording, range?: Range): Promise<Readable> {
    if (storageKey === null) throw failure('recording/no-file', { reason: `it is ${state}` });
    return this.storages.get(storageKey, range);
  }

  /** LiveKit says so itself, in its answer; the event comes later. */
  async #apply(report: EgressReport): Promise<Recording | undefined> {
    const recording = await this.#options.store.atomically((queries) => applyReport(queries, report));
    if (recording?.state === 'processing') this.changed();
    return recording;
  }

  /** It was told to stop and hasn't: whoever records is told once more, or is gone. LiveKit goes on listing those. */
  async #stopAtLast(stopping: Recording): Promise<void> {
    const report = await this.#tellToStop(stopping);
    if (report === undefined) return;
    await this.#apply(report);
    if (recordsOn(report) && stopping.changedAt < Date.now() - lostAfter) {
      const error = 'its recorder does not answer any more';
      await this.#options.store.recordings.step(stopping.id, 'egressLost', { error });
    }
  }

  /** @returns what LiveKit says of it then */
  async #tellToStop({ id, egressId, roomName }: Recording): Promise<EgressReport | undefined> {
    // Without a name LiveKit hasn't said that it began; it is stopped as soon as that is known.
    if (egressId === null) return undefined;
    const egress = await this.#options.egress();
    try {
      return await egress.stop(egressId, roomName);
    } catch (error) {
      if (!(error instanceof Failure) || !['sfu/failed', 'sfu/not-found'].includes(error.code)) throw error;
      // Over already, most likely: the list says how it ended.
      this.#options.log.debug({ recording: id, problem: redact(reasonOf(error)) }, 'not stopped');
      return (await egress.list(roomName)).find((one) => recordingIdOf(one) === id);
    }
  }
}

/** As if nobody had told it to stop. */
function recordsOn({ phase }: EgressReport): boolean {
  return phase === 'starting' || phase === 'active';
}
