import type { CommandGroup } from '../../cli/command.ts';

/** Each verb has a file of its own and is loaded alone: linting a file should not wait for the supervisor. */
export default {
  summary: 'render, check, install and run the LiveKit SFU',
  commands: [
    { path: 'livekit render-config', load: async () => (await import('./render-config.ts')).renderConfig },
    { path: 'livekit lint', load: async () => (await import('./lint.ts')).lint },
    { path: 'livekit schema', load: async () => (await import('./schema.ts')).schema },
    { path: 'livekit migrate', load: async () => (await import('./migrate.ts')).migrate },
    { path: 'livekit run', load: async () => (await import('./run.ts')).run },
    { path: 'livekit probe', load: async () => (await import('./probe.ts')).probe },
    { path: 'livekit ports', load: async () => (await import('./ports.ts')).ports },
    { path: 'livekit version', load: async () => (await import('./version.ts')).version },
    { path: 'livekit install', load: async () => (await import('./install.ts')).install },
    { path: 'livekit emulate', load: async () => (await import('./emulate.ts')).emulate },
  ],
} satisfies CommandGroup;
