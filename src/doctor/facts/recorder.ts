/** Whether the running LiveKit could record at all. */
import { Failure } from '../../core/errors.ts';
import { egressService } from '../../sfu/egress.ts';
import { type FactSource, Missing } from './gather.ts';
import { connectionOf, stepMs } from './sfu.ts';

export interface Recorder {
  /** LiveKit has Redis, through which it talks to recorders. */
  connected: boolean;
}

/** Asks for a list of recordings, where somebody means to record. */
export async function askForRecordings(source: FactSource, signal: AbortSignal): Promise<Recorder> {
  await source.fact('egress');
  const connection = connectionOf(source);
  if (connection.apiKey === '') throw new Missing('there is no API key to ask with (livekit.apiKey)');
  const timeout = AbortSignal.timeout(stepMs);
  try {
    await egressService(connection, AbortSignal.any([signal, timeout])).check();
    return { connected: true };
  } catch (error) {
    if (error instanceof Failure && error.code === 'recording/no-redis') return { connected: false };
    if (timeout.aborted) throw new Missing(`no list of recordings within ${stepMs / 1000} s`);
    throw error;
  }
}
