import type { CommandGroup } from '../../cli/command.ts';
import { install } from './install.ts';
import { ports } from './ports.ts';
import { renderConfig } from './render-config.ts';
import { version } from './version.ts';

export default {
  summary: 'render, check, install and run the LiveKit SFU',
  commands: [renderConfig, ports, version, install],
} satisfies CommandGroup;
