import { defineCommand } from '../../cli/command.ts';
import { failure } from '../../core/errors.ts';
import type { ParticipantPermission } from '../../sfu/participants.ts';
import { connectionOptions } from '../shared/connection.ts';
import { type Permissions, permissionOptions, permissionsOf } from '../shared/permissions.ts';
import { roomsOf } from './access.ts';
import { forEach } from './bulk.ts';
import { selectionParameters } from './selection.ts';

export const permit = defineCommand({
  path: 'room permit',
  summary: 'change what participants may do, while they are in the room',
  description:
    'What no option mentions stays as it is. --sources all lifts a restriction to some sources. A track that is no longer permitted ends at once.',
  parameters: { ...selectionParameters, ...permissionOptions, ...connectionOptions },
  examples: [
    {
      run: 'bedrud room permit town-hall bo --can-publish=true --sources microphone',
      does: 'let somebody speak',
    },
    { run: 'bedrud room permit town-hall --all --can-publish=false --yes', does: 'silence everybody' },
  ],
  async run(input, context) {
    const wanted = permissionsOf(input);
    if (Object.keys(wanted).length === 0) {
      throw failure('usage/invalid', {
        problem: 'no permission is named',
        hint: 'give --can-publish=false, say',
      });
    }
    const { sourceName, sourceNumber } = await import('../../sfu/participants.ts');
    const read = (permission: ParticipantPermission | undefined): Required<Permissions> => ({
      canPublish: permission?.canPublish ?? false,
      canSubscribe: permission?.canSubscribe ?? false,
      canPublishData: permission?.canPublishData ?? false,
      canUpdateMetadata: permission?.canUpdateMetadata ?? false,
      hidden: permission?.hidden ?? false,
      sources: (permission?.canPublishSources ?? []).map(sourceName).filter((name) => name !== 'unknown'),
    });
    const rooms = await roomsOf(input, context);
    return forEach(rooms, input, context, 'change the permissions of', async (participant) => {
      // The server replaces all permissions at once, so those not mentioned have to be sent along.
      const { sources, ...flags } = wanted;
      const permission: Partial<ParticipantPermission> = {
        ...participant.permission,
        ...flags,
        ...(sources ? { canPublishSources: sources.map(sourceNumber) } : {}),
      };
      const changed = await rooms.updateParticipant(input.room, participant.identity, { permission });
      const [before, after] = [read(participant.permission), read(changed.permission)];
      return { says: difference(before, after), facts: { before, after } };
    });
  },
});

function difference(before: Required<Permissions>, after: Required<Permissions>): string {
  const words = (value: boolean | readonly string[]) =>
    typeof value === 'boolean' ? String(value) : value.join(',') || 'all';
  const changes = (Object.keys(after) as (keyof Permissions)[])
    .filter((name) => words(before[name]) !== words(after[name]))
    .map((name) => `${name} ${words(before[name])} → ${words(after[name])}`);
  return changes.length === 0 ? 'had these permissions already' : changes.join(', ');
}
