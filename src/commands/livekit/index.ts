import type { CommandGroup } from '../../cli/command.ts';
import { install } from './install.ts';

export default {
  summary: 'render, check, install and run the LiveKit SFU',
  commands: [install],
} satisfies CommandGroup;
