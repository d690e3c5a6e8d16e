/** Letting somebody in: a seat, and a token for LiveKit. Nothing is asked of LiveKit, which makes the room when the token is used. */
import type { FastifyRequest } from 'fastify';
import { failure } from '../../core/errors.ts';
import { defaultTtlMs, type Grants, mintToken } from '../../sfu/tokens.ts';
import type { Room } from '../../store/index.ts';
import type { Caller } from '../auth.ts';
import { clientUrl } from '../client-url.ts';
import type { ServerContext } from '../context.ts';
import { metadataFor } from '../participant-metadata.ts';
import { isGuest } from '../policy.ts';
import { roomRefusals } from './room.ts';

/** Who comes: the identity is who they are, never what they call themselves, so that nobody joins as somebody else. */
export type Entrant = Pick<Caller, 'userId' | 'name' | 'provider' | 'accesses'>;

/**
 * Takes a seat, or keeps the one they have.
 * @throws Failure `room/banned`, `room/suspended`, `room/inactive`, `room/full`, `server/draining`
 */
export async function letIn({ store, sfu, draining }: ServerContext, room: Room, who: Entrant) {
  if (draining()) throw failure('server/draining', {});
  const now = new Date();
  const expiresAt = now.getTime() + defaultTtlMs;
  const { userId, name } = who;
  const { moderates } = await store.sessions.admit(
    { roomId: room.id, identity: userId, userId, name, expiresAt },
    room.maxParticipants,
  );
  const token = mintToken(
    sfu.connection,
    {
      identity: userId,
      name,
      room: room.name,
      ttlMs: defaultTtlMs,
      grants: { video: isGuest(who) ? guestGrants(room) : { canUpdateOwnMetadata: true } },
      metadata: metadataFor(who.accesses, moderates),
    },
    now,
  );
  return { token, expiresAt: new Date(expiresAt).toISOString(), sfu: sfu.state() };
}

/** Guests may do what the room's settings allow, and can't say of themselves that they were something else. */
function guestGrants({ settings }: Room): NonNullable<Grants['video']> {
  const audio = settings['allowAudio'] !== false;
  const video = settings['allowVideo'] !== false;
  return {
    canPublish: audio || video,
    canPublishSources: [
      ...(audio ? (['microphone', 'screen_share_audio'] as const) : []),
      ...(video ? (['camera', 'screen_share'] as const) : []),
    ],
    canPublishData: settings['allowChat'] !== false,
    canUpdateOwnMetadata: false,
  };
}

/** Where an answer says LiveKit is, and who the caller is there. */
export function whereabouts({ config }: ServerContext, request: FastifyRequest, identity: string) {
  return { livekitHost: clientUrl(config, request), identity };
}

/** What coming in can be refused with. */
export const entryRefusals = [
  ...roomRefusals,
  'room/private',
  'room/banned',
  'room/full',
  'server/draining',
] as const;

const tokenProperties = {
  token: { type: 'string', description: 'For LiveKit. It is this identity’s, and for this room.' },
  expiresAt: { type: 'string', format: 'date-time', description: 'Until when the token lets in.' },
  sfu: {
    enum: ['starting', 'ready', 'restarting', 'unreachable', 'stopped', 'failed'],
    description: 'How LiveKit is. Where it is not `ready`, connecting has to wait; the token is good.',
  },
};

export const tokenSchema = {
  type: 'object',
  required: Object.keys(tokenProperties),
  properties: tokenProperties,
};

/** The room, the token, and where to take it. */
export const joinedSchema = {
  allOf: [
    { $ref: 'Room#' },
    tokenSchema,
    {
      type: 'object',
      required: ['livekitHost', 'identity'],
      properties: {
        livekitHost: { type: 'string', description: 'Where LiveKit is: `wss://…`.' },
        identity: { type: 'string', description: 'Who the caller is in the room.' },
      },
    },
  ],
};
