import { defineCheck } from '../../check.ts';

export const livekitConfigMissing = defineCheck({
  id: 'livekit/config-missing',
  title: 'The file at livekit.configPath can be read',
  area: 'configuration',
  severity: 'error',
  why: 'livekit-server is started with that file, and ends when it is not there.',
  fix: 'correct livekit.configPath (LIVEKIT_CONFIG_PATH), or remove it: bedrud then renders the file',
  needs: ['ownFile'],
  run: ({ ownFile: { problem } }) => (problem ? [{ message: `livekit.configPath: ${problem.message}` }] : []),
});
