import { defineCheck } from '../../check.ts';

export const envBodyShadowsFile = defineCheck({
  id: 'env/body-shadows-file',
  title: 'LIVEKIT_CONFIG and --config are not both given',
  area: 'start',
  severity: 'warning',
  why: 'LIVEKIT_CONFIG wins in silence: whatever is changed in the file has no effect.',
  fix: 'keep one of the two: remove LIVEKIT_CONFIG, or --config',
  needs: ['environments'],
  run: ({ environments }) =>
    environments
      .filter(({ variables, namesFile }) => namesFile && variables.get('LIVEKIT_CONFIG'))
      .map(({ name, place }) => ({
        message: `${name}: livekit-server is given a file with --config, and LIVEKIT_CONFIG overrides all of it`,
        ...place('LIVEKIT_CONFIG'),
      })),
});
