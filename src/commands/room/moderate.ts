import { defineCommand } from '../../cli/command.ts';
import { choice, texts } from '../../cli/parameters.ts';
import { trackSources } from '../../sfu/tokens.ts';
import { connectionOptions } from '../shared/connection.ts';
import { roomsOf } from './access.ts';
import { forEach } from './bulk.ts';
import { namesSomebody, selectionParameters } from './selection.ts';

export const kick = defineCommand({
  path: 'room kick',
  summary: 'put participants out of a room',
  description:
    'Disconnects them at once. LiveKit keeps no list of those put out: a token that is still valid lets them in again.',
  parameters: { ...selectionParameters, ...connectionOptions },
  examples: [
    { run: 'bedrud room kick standup ana', does: 'one' },
    { run: 'bedrud room kick standup --match "guest-*"', does: 'several' },
    { run: 'bedrud room kick standup --all --yes', does: 'everybody' },
  ],
  async run(input, context) {
    const rooms = await roomsOf(input, context);
    return forEach(rooms, input, context, 'remove', async ({ identity }) => {
      await rooms.removeParticipant(input.room, identity);
      return { says: 'was put out' };
    });
  },
});

const trackParameters = {
  ...selectionParameters,
  tracks: texts('--track <sid>', 'this track, TR_…; whose it is need not be said'),
  source: choice('--source <source>', 'tracks of this source', trackSources),
  kind: choice('--kind <kind>', 'tracks of this kind (default: audio)', ['audio', 'video', 'all']),
  ...connectionOptions,
};

export const mute = muting('mute', true, 'mute tracks of participants', [
  { run: 'bedrud room mute standup ana', does: 'all audio of one participant' },
  { run: 'bedrud room mute standup --all --source screen_share --yes', does: "everybody's screen" },
  { run: 'bedrud room mute standup --track TR_AM8xYz', does: 'one track' },
]);

export const unmute = muting('unmute', false, 'unmute tracks, where the server allows it', [
  { run: 'bedrud room unmute standup ana', does: 'all audio of one participant' },
]);

function muting(
  verb: 'mute' | 'unmute',
  muted: boolean,
  summary: string,
  examples: { run: string; does: string }[],
) {
  return defineCommand({
    path: `room ${verb}`,
    summary,
    description: muted
      ? 'Mutes all audio unless --track, --source or --kind says otherwise. Participants can unmute themselves again; bedrud room permit takes that away.'
      : 'LiveKit unmutes from afar only with room.enable_remote_unmute: true in its configuration.',
    parameters: trackParameters,
    examples,
    async run(input, context) {
      const [rooms, { ownersOf, setMuted }] = await Promise.all([
        roomsOf(input, context),
        import('./tracks.ts'),
      ]);
      const search = input.tracks.length > 0 && !namesSomebody(input);
      const identities = search ? await ownersOf(input.tracks, input.room, rooms) : input.identities;
      return forEach(rooms, { ...input, identities }, context, verb, (participant) =>
        setMuted(participant, muted, input, rooms),
      );
    },
  });
}
