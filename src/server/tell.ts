/** Messages to the clients in a room, as Bedrud's understand them: data on the topic `system`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../core/errors.ts';
import { redact } from '../core/redact.ts';
import type { ParticipantControl, ServerContext } from './context.ts';
import { ifThere } from './routes/room.ts';

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

/** How long what happens to a room waits for it to be told, in milliseconds. */
const patience = 2_000;

/**
 * Sends it to everybody who is there, or to `only` these. A room that LiveKit doesn't have has nobody in it.
 * @throws Failure `sfu/…`
 */
export async function send(
  control: ParticipantControl,
  room: string,
  message: SystemMessage,
  only: string[] = [],
): Promise<void> {
  const data = new TextEncoder().encode(JSON.stringify({ type: 'system', ...message }));
  await ifThere(control.sendData(room, data, reliable, { topic: 'system', destinationIdentities: only }));
}

/** Says what was done, as a courtesy: that it could not be said is logged, and nothing fails by it nor waits for long. */
export async function tell(
  control: ParticipantControl,
  log: ServerContext['log'],
  room: string,
  message: SystemMessage,
): Promise<void> {
  const said = send(control, room, message).catch((error: unknown) =>
    log.debug({ room, event: message.event, problem: redact(reasonOf(error)) }, 'the room was not told'),
  );
  await Promise.race([said, sleep(patience, undefined, { ref: false })]);
}
