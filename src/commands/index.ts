/**
 * The nouns a command line can begin with, in the order --help lists them. Each is loaded only when it is asked
 * for; a new noun is one file and one line here.
 */
import type { Registry } from '../cli/program.ts';

export const registry: Registry = {
  version: {
    summary: 'print the versions of bedrud, Node.js and livekit-server',
    load: async () => (await import('./version.ts')).default,
  },
};
