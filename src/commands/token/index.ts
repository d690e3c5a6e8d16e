import type { CommandGroup } from '../../cli/command.ts';
import { create } from './create.ts';
import { inspect } from './inspect.ts';
import { verify } from './verify.ts';

export default {
  summary: 'make, explain and check access tokens of LiveKit',
  commands: [create, inspect, verify],
} satisfies CommandGroup;
