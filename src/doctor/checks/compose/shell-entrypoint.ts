import { basename } from 'node:path';
import { defineCheck } from '../../check.ts';

const shells = ['sh', 'bash', 'ash'];

export const composeShellEntrypoint = defineCheck({
  id: 'compose/shell-entrypoint',
  title: 'No shell is passed to livekit-server as arguments',
  area: 'start',
  severity: 'error',
  why: "The image's entrypoint is livekit-server itself: sh -c becomes its arguments, and it ends with `flag provided but not defined: -c`.",
  fix: 'drop the wrapper: LIVEKIT_CONFIG is read without one, and command: takes the flags of livekit-server',
  needs: ['compose'],
  run: ({ compose }) =>
    compose.services
      .filter(({ role, entrypoint, command }) => {
        const wraps = shells.includes(basename(command[0] ?? '')) || command[0] === '-c';
        // With a shell as entrypoint, -c is for the shell.
        return role === 'livekit' && wraps && !shells.includes(basename(entrypoint?.[0] ?? ''));
      })
      .map(({ name, command }) => ({
        message: `service ${name}: command "${command.slice(0, 2).join(' ')} …" is handed to livekit-server, which has no flag -c`,
        ...compose.document.place('services', name, 'command'),
      })),
});
