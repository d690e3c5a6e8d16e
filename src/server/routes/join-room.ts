import { failure } from '../../core/errors.ts';
import { defaultTtlMs, mintToken } from '../../sfu/tokens.ts';
import { callerOf, isStaff } from '../auth.ts';
import { clientUrl } from '../client-url.ts';
import type { App, ServerContext } from '../context.ts';
import { requireActive, roomName, roomView } from './room.ts';

const body = {
  type: 'object',
  additionalProperties: false,
  required: ['roomName'],
  properties: { roomName: { ...roomName.schema, minLength: 1 } },
};

/**
 * POST /api/room/join: a token for LiveKit and where to take it. Nothing is asked of LiveKit, so this works while
 * it restarts; LiveKit makes the room when the token is used.
 */
export function joinRoom(scope: App, { config, store, sfu, draining }: ServerContext): void {
  scope.post<{ Body: { roomName: string } }>('/join', { schema: { body } }, async (request) => {
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
