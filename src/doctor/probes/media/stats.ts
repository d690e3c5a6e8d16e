/** What the media library counts, as far as it tells how a call goes. */
import type { Room } from '@livekit/rtc-node';

/** The candidate pair that media takes. */
export interface MediaPath {
  protocol: 'udp' | 'tcp';
  /** How the TURN server is reached that relays it; absent for a direct one. */
  relay?: string;
  /** `192.0.2.7:50012`; the address is empty where the browser would hide it. */
  local: string;
  remote: string;
  roundTripMs: number;
}

export interface ReceivedAudio {
  packets: number;
  lost: number;
}

type Statistics = Awaited<ReturnType<Room['getRtcStats']>>;

/** One entry as protobuf's JSON has it, 64-bit numbers as text; of its many members those that matter here. */
interface Entry {
  transport?: { rtc: { id: string }; transport?: { selectedCandidatePairId?: string } };
  candidatePair?: {
    rtc: { id: string };
    candidatePair: {
      localCandidateId: string;
      remoteCandidateId: string;
      totalRoundTripTime?: number;
      responsesReceived?: string;
    };
  };
  localCandidate?: { rtc: { id: string }; candidate: CandidateStats };
  remoteCandidate?: { rtc: { id: string }; candidate: CandidateStats };
  inboundRtp?: { stream?: { kind?: string }; received?: { packetsReceived?: string; packetsLost?: string } };
}

interface CandidateStats {
  address?: string;
  port?: number;
  protocol?: string;
  candidateType?: string;
  relayProtocol?: string;
}

/** Where the media of one participant goes; of the releases with two connections the one that receives is asked first. */
export function selectedPath({ publisherStats, subscriberStats }: Statistics): MediaPath | undefined {
  for (const entries of [entriesOf(subscriberStats), entriesOf(publisherStats)]) {
    const id = entries.find(({ transport }) => transport)?.transport?.transport?.selectedCandidatePairId;
    const pair = entries.find(({ candidatePair }) => candidatePair?.rtc.id === id)?.candidatePair
      ?.candidatePair;
    if (pair === undefined) continue;
    const local = entries.find(({ localCandidate }) => localCandidate?.rtc.id === pair.localCandidateId);
    const remote = entries.find(({ remoteCandidate }) => remoteCandidate?.rtc.id === pair.remoteCandidateId);
    return pathOf(pair, local?.localCandidate?.candidate ?? {}, remote?.remoteCandidate?.candidate ?? {});
  }
  return undefined;
}

function pathOf(
  { totalRoundTripTime = 0, responsesReceived }: NonNullable<Entry['candidatePair']>['candidatePair'],
  local: CandidateStats,
  remote: CandidateStats,
): MediaPath {
  return {
    protocol: local.protocol === 'tcp' ? 'tcp' : 'udp',
    ...(local.candidateType === 'RELAY'
      ? { relay: local.relayProtocol?.replace('TRANSPORT_', '').toLowerCase() ?? 'udp' }
      : {}),
    local: addressOf(local),
    remote: addressOf(remote),
    roundTripMs: Math.round((1_000 * totalRoundTripTime) / Math.max(1, Number(responsesReceived))),
  };
}

function addressOf({ address = '', port }: CandidateStats): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

export function receivedAudio({ publisherStats, subscriberStats }: Statistics): ReceivedAudio {
  const streams = entriesOf([...publisherStats, ...subscriberStats]).flatMap(({ inboundRtp }) =>
    inboundRtp?.stream?.kind === 'audio' ? (inboundRtp.received ?? {}) : [],
  );
  const sum = (counts: (string | undefined)[]) =>
    counts.reduce((total, count) => total + Number(count ?? 0), 0);
  return {
    packets: sum(streams.map(({ packetsReceived }) => packetsReceived)),
    lost: sum(streams.map(({ packetsLost }) => packetsLost)),
  };
}

function entriesOf(statistics: Statistics['publisherStats']): Entry[] {
  return statistics.map((entry) => entry.toJson() as Entry);
}
