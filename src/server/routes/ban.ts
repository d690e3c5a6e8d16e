/** Bans: who is banned from a room is put out of it and gets no more tokens for it, until the ban is lifted. */
import { failure } from '../../core/errors.ts';
import type { App, ServerContext } from '../context.ts';
import { putOut } from '../door.ts';
import { membersSchema, memberView } from '../openapi/members.ts';
import { operation } from '../openapi/operation.ts';
import { tell } from '../tell.ts';
import {
  moderatedRoom,
  type ParticipantPath,
  participantPath,
  type RoomPath,
  roomPath,
  roomRefusals,
  targetOf,
} from './room.ts';

const refusals = ['api/forbidden', ...roomRefusals] as const;

const banSchema = operation({
  summary: 'Ban somebody from a room',
  description:
    'They need not be there; if they are, they are put out. Should LiveKit not answer, the ban holds all the same, and they are put out once it does.',
  tag: 'Participants',
  params: participantPath,
  answers: { 200: { description: 'They are banned.', schema: { $ref: 'Done#' } } },
  refusals,
});

/** POST /api/room/:roomId/ban/:identity */
export function ban(scope: App, { store, sfu, log }: ServerContext): void {
  scope.post<{ Params: ParticipantPath }>(
    '/:roomId/ban/:identity',
    { schema: banSchema },
    async (request) => {
      const { caller, room, identity } = await targetOf(request, store, 'moderate');
      const there = (await store.sessions.presentIn(room.id)).find((one) => one.identity === identity);
      await store.bans.add({ roomId: room.id, identity, name: there?.name || identity, by: caller.userId });
      request.log.info({ room: room.name, identity, by: caller.userId }, 'banned');
      if (await putOut({ sfu, log }, room.name, identity)) {
        const message = { event: 'ban', actor: caller.userId, target: identity };
        await tell(await sfu.control(), log, room.name, message);
      }
      return { status: 'success' };
    },
  );
}

const unbanSchema = operation({
  summary: 'Lift a ban',
  tag: 'Participants',
  params: participantPath,
  answers: { 200: { description: 'They may join again.', schema: { $ref: 'Done#' } } },
  refusals: [...refusals, 'room/not-banned'],
});

/** DELETE /api/room/:roomId/ban/:identity */
export function unban(scope: App, { store }: ServerContext): void {
  scope.delete<{ Params: ParticipantPath }>(
    '/:roomId/ban/:identity',
    { schema: unbanSchema },
    async (request) => {
      const { caller, room, identity } = await targetOf(request, store, 'moderate');
      if (!(await store.bans.remove(room.id, identity))) {
        throw failure('room/not-banned', { identity, room: room.name });
      }
      request.log.info({ room: room.name, identity, by: caller.userId }, 'ban lifted');
      return { status: 'success' };
    },
  );
}

const listSchema = operation({
  summary: 'Who is banned from a room',
  tag: 'Participants',
  params: roomPath,
  answers: { 200: { description: 'The newest ban first.', schema: membersSchema('bans') } },
  refusals,
});

/** GET /api/room/:roomId/bans */
export function listBans(scope: App, { store }: ServerContext): void {
  scope.get<{ Params: RoomPath }>('/:roomId/bans', { schema: listSchema }, async (request) => {
    const room = await moderatedRoom(request, store);
    return { bans: (await store.bans.ofRoom(room.id)).map(memberView) };
  });
}
