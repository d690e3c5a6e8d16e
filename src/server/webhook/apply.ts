/** What each webhook event changes in the store. Order and repetition don't matter; see {@link Sessions}. */
import type { EgressInfo, WebhookEvent } from 'livekit-server-sdk';
import { reportOf } from '../../sfu/egress-report.ts';
import type { Queries, SessionFact } from '../../store/index.ts';
import { applyReport } from '../recording/reports.ts';

/** `known`: it had been applied before. `ignored`: it is about nothing that is kept here. */
export type Applied = 'applied' | 'known' | 'ignored';

type Change = (queries: Queries, roomId: string) => Promise<void>;

/**
 * Applies `event` once. Call it in a transaction: an event counts as applied when its change is kept.
 *
 * Events of kinds that come with newer servers are ignored, and so are those about rooms that others made on the
 * same SFU.
 */
export async function applyEvent(queries: Queries, event: WebhookEvent): Promise<Applied> {
  // `bedrud doctor` sends one to see whether it arrives.
  if (event.id.startsWith('EV_bedrud-doctor-')) return 'ignored';
  if (event.egressInfo) return applyEgress(queries, event, event.egressInfo);
  const change = changeOf(event);
  if (change === undefined) return 'ignored';
  if (event.id !== '' && !(await queries.webhookEvents.note(event.id, event.event))) return 'known';
  const room = await queries.rooms.byName(event.room?.name ?? '');
  if (room === undefined) return 'ignored';
  await change(queries, room.id);
  return 'applied';
}

async function applyEgress(queries: Queries, event: WebhookEvent, info: EgressInfo): Promise<Applied> {
  if (event.id !== '' && !(await queries.webhookEvents.note(event.id, event.event))) return 'known';
  return (await applyReport(queries, reportOf(info))) ? 'applied' : 'ignored';
}

/** What `event` means for a room of ours, if anything. */
function changeOf(event: WebhookEvent): Change | undefined {
  const roomSid = event.room?.sid;
  if (!roomSid) return undefined;
  const at = Number(event.createdAt) * 1000 || Date.now();
  switch (event.event as string) {
    case 'room_finished':
      return ({ sessions }, roomId) => sessions.roomEnded(roomId, roomSid, at);
    case 'participant_joined':
      return aboutParticipant(event, at, ({ sessions }, fact) => sessions.joined(fact));
    case 'participant_left':
    // The integration guide's name for it.
    case 'participant_disconnected':
    case 'participant_connection_aborted':
      return aboutParticipant(event, at, ({ sessions }, fact) => sessions.left(fact, at));
    default:
      return undefined;
  }
}

function aboutParticipant(
  { room, participant }: WebhookEvent,
  at: number,
  apply: (queries: Queries, fact: SessionFact) => Promise<void>,
): Change | undefined {
  if (!participant?.sid || !participant.identity) return undefined;
  const { sid, identity, name } = participant;
  // 1.7.2 and older tell seconds only.
  const joinedAt = Number(participant.joinedAtMs) || Number(participant.joinedAt) * 1000 || at;
  return (queries, roomId) =>
    apply(queries, { sid, roomId, roomSid: room?.sid ?? '', identity, name, joinedAt });
}
