import type { CommandGroup } from '../../cli/command.ts';
import { emulate } from './emulate.ts';
import { install } from './install.ts';
import { lint } from './lint.ts';
import { migrate } from './migrate.ts';
import { ports } from './ports.ts';
import { probe } from './probe.ts';
import { renderConfig } from './render-config.ts';
import { run } from './run.ts';
import { schema } from './schema.ts';
import { version } from './version.ts';

export default {
  summary: 'render, check, install and run the LiveKit SFU',
  commands: [renderConfig, lint, schema, migrate, run, probe, ports, version, install, emulate],
} satisfies CommandGroup;
