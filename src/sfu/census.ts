/**
 * Who is where, as livekit-server itself sees it. Read straight from Twirp's JSON: `serve` asks every few seconds, and
 * the SDK's messages would cost it 18 MB and, for participants with many tracks, most of the time.
 */
import type { SfuConnection } from './connection.ts';
import { type KindFacts, participantKind } from './participant-kind.ts';
import { mintToken, type VideoGrant } from './tokens.ts';
import { twirp } from './twirp.ts';

export interface LiveRoom {
  name: string;
  /** Of this instance of the room; one that ends and begins again has another. */
  sid: string;
  /** How many participants there are, without egress and agents. It may lag behind by some seconds. */
  participants: number;
}

export interface LiveParticipant {
  sid: string;
  identity: string;
  name: string;
  /** `standard`, `egress`, `agent`, …. */
  kind: string;
  /** In milliseconds since 1970; whole seconds from 1.7.2 and older. */
  joinedAt: number;
}

/** Failures are `sfu/unreachable`, `sfu/denied`, `sfu/failed`, `sfu/not-livekit`; the signal's reason when that ended it. */
export interface Census {
  rooms(): Promise<LiveRoom[]>;
  /** Nobody, where there is no such room. */
  participants(room: string): Promise<LiveParticipant[]>;
}

/** For a token that is used at once, in milliseconds. It is more than clocks may differ. */
const ttlMs = 120_000;

/** @param signal ends requests under way */
export function census(connection: SfuConnection, signal?: AbortSignal): Census {
  const rpc = twirp(connection, signal);
  const ask = async (method: string, request: object, video: VideoGrant): Promise<unknown> => {
    const authorization = `Bearer ${mintToken(connection, { grants: { video }, ttlMs })}`;
    return rpc.request('RoomService', method, request, { Authorization: authorization });
  };
  return {
    async rooms() {
      const answer = await ask('ListRooms', {}, { roomList: true });
      return messages(answer, 'rooms').map((room) => ({
        name: text(room, 'name'),
        sid: text(room, 'sid'),
        participants: number(room, 'num_participants', 'numParticipants'),
      }));
    },
    async participants(room) {
      const answer = await ask('ListParticipants', { room }, { roomAdmin: true, room });
      return messages(answer, 'participants')
        .filter(({ state }) => state !== 'DISCONNECTED' && state !== 3)
        .map((participant) => ({
          sid: text(participant, 'sid'),
          identity: text(participant, 'identity'),
          name: text(participant, 'name'),
          kind: participantKind(participant as KindFacts),
          joinedAt:
            number(participant, 'joined_at_ms', 'joinedAtMs') ||
            number(participant, 'joined_at', 'joinedAt') * 1000,
        }));
    },
  };
}

type Message = Record<string, unknown>;

function messages(answer: unknown, field: string): Message[] {
  const found = (answer as Message)[field];
  return Array.isArray(found) ? (found as Message[]) : [];
}

function text(message: Message, field: string): string {
  const value = message[field];
  return typeof value === 'string' ? value : '';
}

/** Protobuf JSON spells fields in either way, writes 64-bit numbers as text and may leave zeros out. */
function number(message: Message, field: string, camelCase: string): number {
  return Number(message[field] ?? message[camelCase] ?? 0);
}
