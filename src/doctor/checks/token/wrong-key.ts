import { defineCheck } from '../../check.ts';
import { objectionsOf } from '../../facts/token.ts';

export const tokenWrongKey = defineCheck({
  id: 'token/wrong-key',
  title: 'The token was made with the configured key',
  area: 'tokens',
  severity: 'error',
  why: 'LiveKit answers `invalid API key` to a token whose issuer is none of its keys.',
  fix: 'make the token with livekit.apiKey, or correct livekit.apiKey',
  needs: ['token'],
  run: ({ token }) => objectionsOf(token, 'token/unknown-key'),
});
