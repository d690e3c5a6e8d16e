/** The recordings of a server, from the database and the SFU that its configuration names. */
import type { Context } from '../../cli/context.ts';
import { requireValid } from '../../config/index.ts';
import { failure } from '../../core/errors.ts';
import type { RecordingService } from '../../server/recording/service.ts';
import type { Recording, Room, Store } from '../../store/index.ts';
import { configOf } from '../shared/config.ts';
import { connectionOf, type connectionOptions } from '../shared/connection.ts';
import { databaseLocation } from '../shared/database.ts';

type ConnectionInput = Parameters<typeof connectionOf>[0];

/** Who the recordings are of that nobody but the operator asked for. */
export const operator = 'operator';

export interface Recorded {
  store: Store;
  service: RecordingService;
}

/**
 * Works with the recordings. Without `connection` LiveKit isn't asked for anything.
 * @param connection the values of {@link connectionOptions}
 * @throws Failure `config/…`, `store/…`, `sfu/no-credentials`
 */
export async function withRecordings<T>(
  context: Context,
  connection: ConnectionInput | undefined,
  work: (recorded: Recorded) => Promise<T>,
): Promise<T> {
  const { recording, chat, queue, livekit } = requireValid(await configOf(context), 'recording');
  const sfu = connection && (await connectionOf(connection, context));
  const [{ openStore }, { RecordingService }, { recordingSettings }] = await Promise.all([
    import('../../store/index.ts'),
    import('../../server/recording/service.ts'),
    import('../../server/recording/settings.ts'),
  ]);
  const store = await openStore(await databaseLocation(context));
  const log = (_fields: unknown, message?: string) => context.debug(message ?? '');
  const settings = recordingSettings({ recording, chat, queue, livekit }, context.cwd);
  const service = new RecordingService({
    store,
    settings,
    async egress() {
      if (sfu === undefined) throw new Error('LiveKit is not to be asked');
      return (await import('../../sfu/egress.ts')).egressService(sfu, context.signal);
    },
    async look() {
      const { nobodyRecords } = await import('../../server/recording/redis.ts');
      const { redis } = settings;
      return redis && (await nobodyRecords(redis)) ? failure('recording/no-recorder', {}) : undefined;
    },
    log: { debug: log, info: log, warn: log, error: log },
  });
  try {
    return await work({ store, service });
  } finally {
    await store.close();
  }
}

/** @throws Failure `room/not-found` */
export async function requireRoom({ store }: Recorded, name: string): Promise<Room> {
  const room = await store.rooms.byName(name);
  if (room === undefined) throw failure('room/not-found', { room: name });
  return room;
}

/** @throws Failure `recording/not-found` */
export async function requireRecording({ store }: Recorded, id: string): Promise<Recording> {
  const recording = await store.recordings.byId(id);
  if (recording === undefined) throw failure('recording/not-found', { recording: id });
  return recording;
}

/** A recording in JSON, with times as ISO 8601. */
export function json({ createdAt, startedAt, endedAt, completedAt, changedAt, ...rest }: Recording) {
  const time = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  return {
    ...rest,
    createdAt: time(createdAt),
    startedAt: time(startedAt),
    endedAt: time(endedAt),
    completedAt: time(completedAt),
    changedAt: time(changedAt),
  };
}
