/** Who moderates a room besides its owner. LiveKit's clients see it in the participant's metadata. */
import { failure, reasonOf } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import type { App, ParticipantControl, ServerContext } from '../context.ts';
import { membersSchema, memberView } from '../openapi/members.ts';
import { operation } from '../openapi/operation.ts';
import { changedMetadata } from '../participant-metadata.ts';
import {
  aboutParticipant,
  ifThere,
  moderatedRoom,
  type ParticipantPath,
  participantPath,
  participantRefusals,
  type RoomPath,
  roomPath,
  roomRefusals,
  targetOf,
} from './room.ts';

const promoteSchema = operation({
  summary: 'Make a participant a moderator',
  description: 'They have to be in the room. It holds for this room, until they are demoted or banned.',
  tag: 'Participants',
  params: participantPath,
  answers: {
    200: {
      description: 'They are one.',
      schema: {
        type: 'object',
        required: ['status'],
        properties: { status: { enum: ['success', 'already_moderator'] } },
      },
    },
  },
  refusals: participantRefusals,
});

/** POST /api/room/:roomId/promote/:identity */
export function promote(scope: App, { store, sfu }: ServerContext): void {
  scope.post<{ Params: ParticipantPath }>(
    '/:roomId/promote/:identity',
    { schema: promoteSchema },
    async (request) => {
      const { caller, room, identity } = await targetOf(request, store, 'appoint');
      const control = await sfu.control();
      const { name, metadata } = await aboutParticipant(
        room,
        identity,
        control.getParticipant(room.name, identity),
      );
      const added = await store.moderators.add({
        roomId: room.id,
        identity,
        name: name || identity,
        by: caller.userId,
      });
      await aboutParticipant(
        room,
        identity,
        control.updateParticipant(room.name, identity, {
          metadata: changedMetadata(metadata, { moderates: true }),
        }),
      );
      request.log.info({ room: room.name, identity, by: caller.userId }, 'promoted');
      return { status: added ? 'success' : 'already_moderator' };
    },
  );
}

const demoteSchema = operation({
  summary: 'Make a moderator a participant again',
  description: 'They need not be in the room, and LiveKit need not answer.',
  tag: 'Participants',
  params: participantPath,
  answers: { 200: { description: 'They are none any more.', schema: { $ref: 'Done#' } } },
  refusals: ['api/forbidden', ...roomRefusals, 'room/not-moderator'],
});

/** POST /api/room/:roomId/demote/:identity */
export function demote(scope: App, { store, sfu }: ServerContext): void {
  scope.post<{ Params: ParticipantPath }>(
    '/:roomId/demote/:identity',
    { schema: demoteSchema },
    async (request) => {
      const { caller, room, identity } = await targetOf(request, store, 'appoint');
      if (!(await store.moderators.remove(room.id, identity))) {
        throw failure('room/not-moderator', { identity, room: room.name });
      }
      await showDemoted(await sfu.control(), room.name, identity).catch((error: unknown) => {
        request.log.warn({ problem: redact(reasonOf(error)) }, 'LiveKit shows them as a moderator still');
      });
      request.log.info({ room: room.name, identity, by: caller.userId }, 'demoted');
      return { status: 'success' };
    },
  );
}

/** Takes it out of the metadata of a participant, where they are there. */
async function showDemoted(control: ParticipantControl, room: string, identity: string): Promise<void> {
  const there = await ifThere(control.getParticipant(room, identity));
  if (there === undefined) return;
  const metadata = changedMetadata(there.value.metadata, { moderates: false });
  await ifThere(control.updateParticipant(room, identity, { metadata }));
}

const listSchema = operation({
  summary: 'Who moderates a room',
  description: 'Besides its owner and the staff of the server.',
  tag: 'Participants',
  params: roomPath,
  answers: {
    200: { description: 'Who was promoted first comes first.', schema: membersSchema('moderators') },
  },
  refusals: ['api/forbidden', ...roomRefusals],
});

/** GET /api/room/:roomId/moderators */
export function listModerators(scope: App, { store }: ServerContext): void {
  scope.get<{ Params: RoomPath }>('/:roomId/moderators', { schema: listSchema }, async (request) => {
    const room = await moderatedRoom(request, store);
    return { moderators: (await store.moderators.ofRoom(room.id)).map(memberView) };
  });
}
