/** One participant: what they publish, what they are called, and keeping them from the chat. */
import { failure } from '../../core/errors.ts';
import { callerOf } from '../auth.ts';
import type { App, ServerContext } from '../context.ts';
import { operation } from '../openapi/operation.ts';
import { participantSchema, participantView } from '../openapi/participant.ts';
import { changedMetadata } from '../participant-metadata.ts';
import { requireMay } from '../policy.ts';
import {
  aboutParticipant,
  activeRoom,
  type ParticipantPath,
  participantPath,
  participantRefusals,
  roomRefusals,
  standingIn,
  targetOf,
} from './room.ts';

const infoSchema = operation({
  summary: 'What a participant is doing',
  description: 'For moderators, and for everybody about themselves.',
  tag: 'Participants',
  params: participantPath,
  answers: { 200: { description: 'As LiveKit has it.', schema: participantSchema } },
  refusals: participantRefusals,
});

/** GET /api/room/:roomId/participant/:identity/info */
export function participantInfo(scope: App, { store, sfu }: ServerContext): void {
  scope.get<{ Params: ParticipantPath }>(
    '/:roomId/participant/:identity/info',
    { schema: infoSchema },
    async (request) => {
      const caller = callerOf(request);
      const { roomId, identity } = request.params;
      const room = await activeRoom(store, roomId);
      if (identity !== caller.userId) {
        requireMay('moderate', caller, await standingIn(store, 'moderate', caller, room));
      }
      const control = await sfu.control();
      return participantView(
        await aboutParticipant(room, identity, control.getParticipant(room.name, identity)),
      );
    },
  );
}

const profileSchema = operation({
  summary: 'What a participant is called',
  description: 'For those who are in the same room.',
  tag: 'Participants',
  params: participantPath,
  answers: {
    200: {
      description: 'bedrud keeps no pictures: `avatarUrl` is empty.',
      schema: {
        type: 'object',
        required: ['id', 'name', 'avatarUrl'],
        properties: { id: { type: 'string' }, name: { type: 'string' }, avatarUrl: { type: 'string' } },
      },
    },
  },
  refusals: ['api/forbidden', ...roomRefusals, 'room/no-such-participant'],
});

/** GET /api/room/:roomId/participant/:identity/profile */
export function participantProfile(scope: App, { store }: ServerContext): void {
  scope.get<{ Params: ParticipantPath }>(
    '/:roomId/participant/:identity/profile',
    { schema: profileSchema },
    async (request) => {
      const { userId } = callerOf(request);
      const { roomId, identity } = request.params;
      const room = await activeRoom(store, roomId);
      const present = await store.sessions.presentIn(room.id);
      if (!present.some((one) => one.identity === userId)) {
        throw failure('api/forbidden', { reason: 'only those who are in the room see who else is' });
      }
      const found = present.find((one) => one.identity === identity);
      if (found === undefined) throw failure('room/no-such-participant', { identity, room: room.name });
      return { id: identity, name: found.name || identity, avatarUrl: '' };
    },
  );
}

const blockSchema = operation({
  summary: 'Keep a participant from the chat',
  description: 'Marks them so in their metadata; Bedrud’s clients keep to it.',
  tag: 'Participants',
  params: participantPath,
  answers: { 200: { description: 'They are marked.', schema: { $ref: 'Done#' } } },
  refusals: participantRefusals,
});

/** POST /api/room/:roomId/chat/:identity/block */
export function blockChat(scope: App, { store, sfu }: ServerContext): void {
  scope.post<{ Params: ParticipantPath }>(
    '/:roomId/chat/:identity/block',
    { schema: blockSchema },
    async (request) => {
      const { room, identity } = await targetOf(request, store, 'moderate');
      const control = await sfu.control();
      const { metadata } = await aboutParticipant(
        room,
        identity,
        control.getParticipant(room.name, identity),
      );
      const change = { metadata: changedMetadata(metadata, { chatBlocked: true }) };
      await aboutParticipant(room, identity, control.updateParticipant(room.name, identity, change));
      return { status: 'success' };
    },
  );
}
