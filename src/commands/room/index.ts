import type { CommandGroup } from '../../cli/command.ts';
import { metadata } from './metadata.ts';
import { kick, mute, unmute } from './moderate.ts';
import { permit } from './permit.ts';
import { close, create, info, list, participants } from './rooms.ts';
import { watch } from './watch.ts';

export default {
  summary: 'see and control the rooms of a LiveKit server',
  commands: [list, info, create, close, participants, watch, kick, mute, unmute, permit, metadata],
} satisfies CommandGroup;
