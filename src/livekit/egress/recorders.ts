/** Who would record, as far as the Redis tells that LiveKit and egress share. */

/** As much of a client as is needed. */
export interface Channels {
  pubsub(subcommand: 'CHANNELS', pattern: string): Promise<unknown[]>;
}

/** Where LiveKit (1.5.3 to 1.13.5) asks egress to start; with a cluster_id there is one more part. */
const recorders = 'EgressInternal|StartEgress|*';
/** Where recorders tell LiveKit what becomes of a recording. */
const livekit = 'IOInfo|*';

/** Does an egress service listen for recordings to start? @returns undefined where the user may not ask */
export async function hasRecorder(redis: Channels): Promise<boolean | undefined> {
  return listens(redis, recorders).catch(() => undefined);
}

/** Is it certain that nobody records? That is, LiveKit uses this Redis, and no egress service listens there. */
export async function lacksRecorder(redis: Channels): Promise<boolean> {
  return Promise.all([listens(redis, livekit), listens(redis, recorders)]).then(
    ([asked, answered]) => asked && !answered,
    () => false,
  );
}

async function listens(redis: Channels, pattern: string): Promise<boolean> {
  return (await redis.pubsub('CHANNELS', pattern)).length > 0;
}
