/** Letting somebody in: a seat, and a token for LiveKit. Nothing is asked of LiveKit, which makes the room when the token is used. */
import type { FastifyRequest } from 'fastify';
import { failure } from '../../core/errors.ts';
import { defaultTtlMs, type Grants, mintToken } from '../../sfu/tokens.ts';
import type { Admission, Admitted, Room } from '../../store/index.ts';
import type { Caller } from '../auth.ts';
import { clientUrl } from '../client-url.ts';
import type { ServerContext, SfuState } from '../context.ts';
import { metadataFor } from '../participant-metadata.ts';
import { isGuest } from '../policy.ts';
import { roomRefusals, roomView } from './room.ts';

/** Who comes: the identity is who they are, never what they call themselves, so that nobody joins as somebody else. */
export type Entrant = Pick<Caller, 'userId' | 'name' | 'provider' | 'accesses'>;

/**
 * Takes a seat, or keeps the one they have, in a room that they may enter.
 * @throws Failure `room/banned`, `room/suspended`, `room/inactive`, `room/full`, `server/draining`
 */
export async function letIn(context: ServerContext, room: Room, who: Entrant): Promise<LetIn> {
  const admission = admissionOf(context, who);
  return handOut(
    context,
    who,
    admission,
    await context.store.admissions.admit({ ...admission, roomId: room.id }),
  );
}

/**
 * Does the same in the room of that name, where it is as easy as nearly always: an open one, with seats, that they need not be
 * allowed to enter.
 * @returns undefined where it isn't, which takes a closer look
 * @throws Failure `server/draining`
 */
export async function letInto(
  context: ServerContext,
  roomName: string,
  who: Entrant,
): Promise<LetIn | undefined> {
  const admission = admissionOf(context, who);
  const admitted = await context.store.admissions.enter({ ...admission, roomName });
  return admitted && handOut(context, who, admission, admitted);
}

interface LetIn {
  room: Room;
  /** What an answer says of it: {@link tokenSchema}. */
  admission: { token: string; expiresAt: string; sfu: SfuState };
}

function admissionOf({ draining }: ServerContext, { userId, name }: Entrant): Admission {
  if (draining()) throw failure('server/draining', {});
  return { identity: userId, userId, name, expiresAt: Date.now() + defaultTtlMs };
}

function handOut(
  { sfu }: ServerContext,
  who: Entrant,
  { identity, name, expiresAt }: Admission,
  { room, moderates }: Admitted,
): LetIn {
  const token = mintToken(
    sfu.connection,
    {
      identity,
      name,
      room: room.name,
      ttlMs: defaultTtlMs,
      grants: { video: isGuest(who) ? guestGrants(room) : { canUpdateOwnMetadata: true } },
      metadata: metadataFor(who.accesses, moderates),
    },
    new Date(expiresAt - defaultTtlMs),
  );
  return { room, admission: { token, expiresAt: new Date(expiresAt).toISOString(), sfu: sfu.state() } };
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

/** What somebody who was let in is answered: {@link joinedSchema}. */
export function joinedView(
  { config }: ServerContext,
  request: FastifyRequest,
  { room, admission }: LetIn,
  identity: string,
) {
  return { ...roomView(room), ...admission, livekitHost: clientUrl(config, request), identity };
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
