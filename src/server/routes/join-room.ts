import { failure } from '../../core/errors.ts';
import { defaultTtlMs, mintToken } from '../../sfu/tokens.ts';
import { callerOf, isStaff } from '../auth.ts';
import { clientUrl } from '../client-url.ts';
import type { App, ServerContext } from '../context.ts';
import { operation } from '../openapi/operation.ts';
import { requireActive, roomName, roomView } from './room.ts';

const body = {
  type: 'object',
  additionalProperties: false,
  required: ['roomName'],
  properties: { roomName: { ...roomName.schema, minLength: 1 } },
};

const schema = operation({
  summary: 'Join a room',
  description:
    'Answers a token for LiveKit, good for ten minutes, and takes a seat. Nothing is asked of LiveKit: it works while LiveKit restarts.',
  tag: 'Rooms',
  body,
  answers: {
    200: {
      description: 'The room, the token, and where to take it.',
      schema: {
        allOf: [
          { $ref: 'Room#' },
          {
            type: 'object',
            required: ['adminId', 'token', 'expiresAt', 'livekitHost', 'identity'],
            properties: {
              adminId: { type: 'string', description: 'The id of the user who owns the room.' },
              token: {
                type: 'string',
                description: 'For LiveKit. It is this identity’s, and for this room.',
              },
              expiresAt: {
                type: 'string',
                format: 'date-time',
                description: 'Until when the token lets in.',
              },
              livekitHost: { type: 'string', description: 'Where LiveKit is: `wss://…`.' },
              identity: { type: 'string', description: 'Who the caller is in the room.' },
            },
          },
        ],
      },
    },
  },
  refusals: ['room/not-found', 'room/inactive', 'room/private', 'room/full', 'server/draining'],
});

/**
 * POST /api/room/join: a token for LiveKit and where to take it. Nothing is asked of LiveKit, so this works while
 * it restarts; LiveKit makes the room when the token is used.
 */
export function joinRoom(scope: App, { config, store, sfu, draining }: ServerContext): void {
  scope.post<{ Body: { roomName: string } }>('/join', { schema }, async (request) => {
    if (draining()) throw failure('server/draining', {});
    const caller = callerOf(request);
    const name = roomName.normal(request.body.roomName);
    const room = requireActive(await store.rooms.byName(name), name);
    if (!room.isPublic && room.createdBy !== caller.userId && !isStaff(caller)) {
      throw failure('room/private', { room: room.name });
    }
    const now = new Date();
    const expiresAt = now.getTime() + defaultTtlMs;
    // The identity is who the user is, never what they call themselves: nobody can join as somebody else.
    const identity = caller.userId;
    await store.sessions.admit(
      { roomId: room.id, identity, userId: caller.userId, name: caller.name, expiresAt },
      room.maxParticipants,
    );
    const token = mintToken(
      sfu.connection,
      {
        identity,
        name: caller.name,
        room: room.name,
        ttlMs: defaultTtlMs,
        grants: { video: { canUpdateOwnMetadata: true } },
        metadata: JSON.stringify({ accesses: caller.accesses }),
      },
      now,
    );
    return {
      ...roomView(room),
      adminId: room.createdBy,
      token,
      expiresAt: new Date(expiresAt).toISOString(),
      livekitHost: clientUrl(config, request),
      identity,
    };
  });
}
