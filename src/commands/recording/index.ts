/** `bedrud recording …`: the recordings of bedrud serve, on its database and its SFU. */
import type { CommandGroup } from '../../cli/command.ts';
import { remove, retry, start, stop } from './control.ts';
import { download } from './download.ts';
import { info, list } from './read.ts';

export default {
  summary: 'record rooms, and have the files',
  commands: [start, stop, list, info, download, retry, remove],
} satisfies CommandGroup;
