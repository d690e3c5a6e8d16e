/** Calls with media, made as participants make them. */
import { randomBytes } from 'node:crypto';
import { roomService } from '../../sfu/rooms.ts';
import { mintToken } from '../../sfu/tokens.ts';
import { type CallAnswer, callOnce, type Way } from '../probes/media/call.ts';
import type { Candidate } from '../probes/media/candidate.ts';
import { type FactSource, Missing } from './gather.ts';

export interface Media {
  /** What became of the call on each way; `relay` is absent where LiveKit tells of no TURN. */
  calls: Record<Exclude<Way, 'relay'>, CallAnswer> & { relay?: CallAnswer };
  /** Where LiveKit told its clients that it takes media, each once. */
  told: Candidate[];
}

/** For one call, in milliseconds: connecting over half a world takes two seconds, and a second and a half is spoken. */
const callMs = 8_000;

export async function makeCalls(source: FactSource, signal: AbortSignal): Promise<Media> {
  if (!source.question.media) throw new Missing('no call is made without --media');
  const [{ connection }, seen] = await Promise.all([source.fact('sfu'), source.fact('signal')]);
  const { url, answer, skipTLSVerify } = seen.public
    ? { ...seen.public, skipTLSVerify: false }
    : { ...seen.internal, skipTLSVerify: connection.skipTLSVerify };
  if (answer.kind !== 'joined') throw new Missing('nobody can join, so that nobody can call');
  const rooms = roomService(connection, signal);
  const told: Candidate[] = [];
  const call = async (way: Way) => {
    const room = `bedrud-doctor-${randomBytes(6).toString('hex')}`;
    const token = (identity: string) => mintToken(connection, { identity, room, ttlMs: 120_000 });
    const tokens = [token('bedrud-doctor-speaks'), token('bedrud-doctor-listens')] as const;
    const made = await callOnce({ base: url, skipTLSVerify, way, tokens, timeoutMs: callMs, signal });
    // Left alone it would go by itself, after departure_timeout.
    await rooms.deleteRoom(room).catch(() => undefined);
    told.push(...made.told);
    return made.answer;
  };
  const relays = seen.iceServers.some(({ credentials }) => credentials.username !== '');
  const [any, udp, tcp, relay] = await Promise.all([
    call('any'),
    call('udp'),
    call('tcp'),
    relays ? call('relay') : undefined,
  ]);
  return { calls: { any, udp, tcp, ...(relay ? { relay } : {}) }, told: distinct(told) };
}

function distinct(candidates: readonly Candidate[]): Candidate[] {
  return [...new Map(candidates.map((candidate) => [JSON.stringify(candidate), candidate])).values()];
}
