import { defineCheck } from '../../check.ts';

export const keysWeakSecret = defineCheck({
  id: 'keys/weak-secret',
  title: 'API secrets cannot be guessed',
  area: 'configuration',
  severity: 'warning',
  why: 'Whoever knows the secret makes tokens for any room. The server only logs that a secret under 32 characters is short.',
  fix: 'make a new pair with livekit-server generate-keys, and put it into every client of the API',
  needs: ['publishedPairs'],
  run: ({ publishedPairs }) =>
    publishedPairs.map((key) => ({
      severity: 'error',
      message: `the running server lets everybody in who knows the published pair of ${key}`,
      hint: 'remove it from keys: (and --dev), make a pair with livekit-server generate-keys, and restart livekit-server',
    })),
});
