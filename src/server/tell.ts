/** Messages to the clients in a room, as Bedrud's understand them: data on the topic `system`. */
import { reasonOf } from '../core/errors.ts';
import { redact } from '../core/redact.ts';
import type { ParticipantControl, ServerContext } from './context.ts';

export interface SystemMessage {
  event: string;
  /** Who did it. */
  actor?: string;
  /** To whom. */
  target?: string;
  message?: string;
}

/** LiveKit's number for data that arrives whole, and in order. */
const reliable = 0;

/** What is told is a courtesy: that it could not be is logged, and nothing fails by it. */
export async function tell(
  control: ParticipantControl,
  log: ServerContext['log'],
  room: string,
  message: SystemMessage,
  only: string[] = [],
): Promise<void> {
  const data = new TextEncoder().encode(JSON.stringify({ type: 'system', ...message }));
  await control
    .sendData(room, data, reliable, { topic: 'system', destinationIdentities: only })
    .catch((error: unknown) =>
      log.debug({ room, event: message.event, problem: redact(reasonOf(error)) }, 'the room was not told'),
    );
}
