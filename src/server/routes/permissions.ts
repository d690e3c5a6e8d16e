import type { App, ServerContext } from '../context.ts';
import { operation } from '../openapi/operation.ts';
import {
  type PermissionChange,
  permissionSchema,
  type SourceName,
  sourceNumbers,
} from './permission-fields.ts';
import {
  aboutParticipant,
  type ParticipantPath,
  participantPath,
  participantRefusals,
  targetOf,
} from './room.ts';

const schema = operation({
  summary: 'Change what a participant may do',
  description: 'What the body does not name stays as it is.',
  tag: 'Participants',
  params: participantPath,
  body: permissionSchema,
  answers: {
    200: {
      description: 'What they may do now.',
      schema: {
        type: 'object',
        required: ['identity', 'permission'],
        properties: { identity: { type: 'string' }, permission: permissionSchema },
      },
    },
  },
  refusals: participantRefusals,
});

/**
 * PUT (or POST) /api/room/:roomId/permissions/:identity: changes what a participant may do from now on. LiveKit
 * replaces permissions as a whole, so those it has now are read first and kept where the body is silent.
 */
export function permissions(scope: App, { store, sfu }: ServerContext): void {
  scope.route<{ Params: ParticipantPath; Body: PermissionChange }>({
    method: ['PUT', 'POST'],
    url: '/:roomId/permissions/:identity',
    schema,
    handler: async (request) => {
      const { caller, room, identity } = await targetOf(request, store, 'moderate', { onSelf: true });
      const control = await sfu.control();
      const present = await aboutParticipant(room, identity, control.getParticipant(room.name, identity));
      const before = present.permission;
      const { canPublishSources, ...change } = request.body;
      const { permission } = await control.updateParticipant(room.name, identity, {
        permission: {
          canPublish: before?.canPublish ?? true,
          canSubscribe: before?.canSubscribe ?? true,
          canPublishData: before?.canPublishData ?? true,
          canUpdateMetadata: before?.canUpdateMetadata ?? false,
          hidden: before?.hidden ?? false,
          ...change,
          canPublishSources:
            canPublishSources?.map((source) => sourceNumbers[source]) ?? before?.canPublishSources ?? [],
        },
      });
      request.log.info(
        { room: room.name, identity, change: request.body, by: caller.userId },
        'permissions changed',
      );
      return {
        identity,
        permission: {
          canPublish: permission?.canPublish,
          canSubscribe: permission?.canSubscribe,
          canPublishData: permission?.canPublishData,
          canUpdateMetadata: permission?.canUpdateMetadata,
          hidden: permission?.hidden,
          canPublishSources: (permission?.canPublishSources ?? []).map(sourceName),
        },
      };
    },
  });
}

function sourceName(number: number): SourceName | undefined {
  return (Object.keys(sourceNumbers) as SourceName[]).find((name) => sourceNumbers[name] === number);
}
