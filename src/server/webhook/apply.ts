/** What each webhook event changes in the store. Order and repetition don't matter; see {@link Sessions}. */
import type { WebhookEvent } from 'livekit-server-sdk';
import type { Queries, SessionFact } from '../../store/index.ts';

/**
 * Applies `event` once. Call it in a transaction: an event counts as applied when its change is kept.
 * @returns false when it had been applied before
 */
export async function applyEvent(queries: Queries, event: WebhookEvent): Promise<boolean> {
  if (event.id !== '' && !(await queries.webhookEvents.note(event.id, event.event))) return false;
  const { room: livekitRoom, participant } = event;
  if (livekitRoom === undefined) return true;
  const room = await queries.rooms.byName(livekitRoom.name);
  // Rooms that others made on the same SFU are not ours to keep.
  if (room === undefined) return true;
  const at = Number(event.createdAt) * 1000;
  const fact: SessionFact | undefined = participant && {
    sid: participant.sid,
    roomId: room.id,
    roomSid: livekitRoom.sid,
    identity: participant.identity,
    name: participant.name,
    joinedAt: Number(participant.joinedAtMs) || Number(participant.joinedAt) * 1000 || at,
  };
  switch (event.event as string) {
    case 'participant_joined':
      if (fact) await queries.sessions.joined(fact);
      break;
    case 'participant_left':
    // The integration guide's name for it.
    case 'participant_disconnected':
    case 'participant_connection_aborted':
      if (fact) await queries.sessions.left(fact, at);
      break;
    case 'room_finished':
      await queries.sessions.roomEnded(room.id, livekitRoom.sid, at);
      break;
    default:
  }
  return true;
}
