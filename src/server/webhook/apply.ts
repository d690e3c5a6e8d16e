/** What webhook events change in the store. Order and repetition don't matter; see src/store/reports.ts. */
import type { EgressInfo, ParticipantInfo, WebhookEvent } from 'livekit-server-sdk';
import { reportOf } from '../../sfu/egress-report.ts';
import { participantKind } from '../../sfu/participant-kind.ts';
import type { EndingReport, NamedAt, Queries, SessionReport } from '../../store/index.ts';
import { applyReport } from '../recording/reports.ts';

/** `known`: it had been applied before. `ignored`: it is about nothing that is kept here. */
export type Applied = 'applied' | 'known' | 'ignored';

/** What an event says: of a room, which LiveKit knows by name alone, or of an egress. */
type Change =
  | { about: 'session'; room: NamedAt; session: Omit<SessionReport, 'roomId'> }
  | { about: 'ending'; room: NamedAt; ending: Omit<EndingReport, 'roomId'> }
  | { about: 'egress'; egress: EgressInfo };

/** A change that is to be made, and the number of its event. */
type News<About extends Change['about']> = Extract<Change, { about: About }> & { n: number };

/**
 * Applies each of `events` once. Call it in a transaction: an event counts as applied when its change is kept.
 *
 * Events of kinds that come with newer servers are ignored, and so are those about rooms that others made on the
 * same SFU.
 */
export async function applyEvents(queries: Queries, events: readonly WebhookEvent[]): Promise<Applied[]> {
  const changes = events.map(changeOf);
  const fresh = await queries.webhookEvents.note(events.filter(({ id }, n) => changes[n] && id !== ''));
  // Those without an id are applied each time. Of one that came twice among these, the first is the one.
  const outcomes = events.map(({ id }, n): Applied => {
    if (changes[n] === undefined) return 'ignored';
    return id === '' || fresh.delete(id) ? 'applied' : 'known';
  });
  const news = changes.flatMap((change, n) => (change && outcomes[n] === 'applied' ? { ...change, n } : []));
  const ofEgresses = news.filter((one) => one.about === 'egress');
  const ofRooms = news.filter((one) => one.about !== 'egress');
  const ignored = [
    ...(await applyToRooms(queries, ofRooms)),
    ...(await applyToRecordings(queries, ofEgresses)),
  ];
  for (const n of ignored) outcomes[n] = 'ignored';
  return outcomes;
}

/** @returns the numbers of those that are about none of our rooms */
async function applyToRooms(queries: Queries, news: News<'session' | 'ending'>[]): Promise<number[]> {
  const rooms = await queries.rooms.idsAt(news.map(({ room }) => room));
  const sessions: SessionReport[] = [];
  const endings: EndingReport[] = [];
  for (const [at, one] of news.entries()) {
    const roomId = rooms[at];
    if (roomId === undefined) continue;
    if (one.about === 'session') sessions.push({ ...one.session, roomId });
    else endings.push({ ...one.ending, roomId });
  }
  if (sessions.length + endings.length > 0) await queries.sessions.record({ sessions, endings });
  return news.flatMap(({ n }, at) => (rooms[at] === undefined ? [n] : []));
}

/** @returns the numbers of those that are about none of our recordings */
async function applyToRecordings(queries: Queries, news: News<'egress'>[]): Promise<number[]> {
  const ignored: number[] = [];
  for (const { egress, n } of news) {
    if ((await applyReport(queries, reportOf(egress))) === undefined) ignored.push(n);
  }
  return ignored;
}

/** What `event` means here, if anything. */
function changeOf(event: WebhookEvent): Change | undefined {
  // `bedrud doctor` sends one to see whether it arrives.
  if (event.id.startsWith('EV_bedrud-doctor-')) return undefined;
  const { room, participant, egressInfo } = event;
  if (egressInfo) return { about: 'egress', egress: egressInfo };
  if (!room?.sid) return undefined;
  const at = Number(event.createdAt) * 1000 || Date.now();
  switch (event.event as string) {
    case 'room_finished': {
      const began = Number(room.creationTimeMs) || Number(room.creationTime) * 1000 || at;
      const ending = { roomSid: room.sid, endedAt: at };
      return { about: 'ending', room: { name: room.name, at: began }, ending };
    }
    case 'participant_joined':
    case 'participant_left':
    // The integration guide's name for it.
    case 'participant_disconnected':
    case 'participant_connection_aborted': {
      if (!participant?.sid || !participant.identity) return undefined;
      const leftAt = event.event === 'participant_joined' ? undefined : at;
      const session = sessionOf(participant, room.sid, at, leftAt);
      return { about: 'session', room: { name: room.name, at: session.joinedAt }, session };
    }
    default:
      return undefined;
  }
}

function sessionOf(
  participant: ParticipantInfo,
  roomSid: string,
  at: number,
  leftAt: number | undefined,
): Omit<SessionReport, 'roomId'> {
  const { sid, identity, name } = participant;
  // 1.7.2 and older tell seconds only.
  const joinedAt = Number(participant.joinedAtMs) || Number(participant.joinedAt) * 1000 || at;
  return {
    sid,
    roomSid,
    identity,
    name,
    kind: participantKind(participant),
    joinedAt,
    // LiveKit tells when events happened in whole seconds, and when somebody joined in milliseconds.
    leftAt: leftAt === undefined ? null : Math.max(leftAt, joinedAt),
  };
}
