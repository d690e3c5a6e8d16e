import { defineCheck } from '../../check.ts';
import { objectionsOf } from '../../facts/token.ts';

export const tokenWrongSecret = defineCheck({
  id: 'token/wrong-secret',
  title: 'The token is signed with the configured secret',
  area: 'tokens',
  severity: 'error',
  why: 'LiveKit refuses a token whose signature is not made with its own secret for the key.',
  fix: 'sign with livekit.apiSecret, and HS256; compare the secret of whatever makes the tokens',
  needs: ['token'],
  run: ({ token }) => objectionsOf(token, 'token/signature', 'token/algorithm'),
});
