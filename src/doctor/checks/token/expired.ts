import { formatDuration } from '../../../core/duration.ts';
import { defineCheck, type Observation } from '../../check.ts';
import { objectionsOf, type Token } from '../../facts/token.ts';

/** Under it, a slow page or a second try is too late. In seconds. */
const short = 60;

export const tokenExpired = defineCheck({
  id: 'token/expired',
  title: 'The token is valid now, and for long enough',
  area: 'tokens',
  severity: 'error',
  why: 'A token is needed at the moment of joining only, and LiveKit refuses it outside of its dates.',
  fix: 'get a fresh token from POST /api/room/join before each connection',
  needs: ['token'],
  run({ token }): Observation[] {
    if (token.malformed !== undefined) return [{ message: token.malformed }];
    const expired = objectionsOf(token, 'token/expired').map(({ message }) => ({ message }));
    const early = objectionsOf(token, 'token/not-yet-valid', 'token/issued-in-future');
    return [...expired, ...early, ...(expired.length + early.length === 0 ? tooShort(token) : [])];
  },
});

function tooShort({ claims: { exp, nbf, iat } }: Token): Observation[] {
  const from = nbf ?? iat;
  if (typeof exp !== 'number' || typeof from !== 'number' || exp - from >= short) return [];
  return [
    {
      severity: 'warning',
      message: `the token is valid for ${formatDuration((exp - from) * 1000)} only`,
      hint: 'give it ten minutes: it is of no use once somebody has joined, so longer does no harm',
    },
  ];
}
