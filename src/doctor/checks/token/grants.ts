import { defineCheck, type Observation } from '../../check.ts';
import { objectionsOf } from '../../facts/token.ts';

/** Grants of tokens that are not meant to join. */
const otherUses = ['roomAdmin', 'roomCreate', 'roomList', 'roomRecord', 'ingressAdmin'];

export const tokenGrants = defineCheck({
  id: 'token/grants',
  title: 'The token lets its holder join a room',
  area: 'tokens',
  severity: 'error',
  why: 'Joining needs an identity, the grant roomJoin and the name of the room; without one of them LiveKit refuses.',
  fix: 'bedrud token create --room ROOM --identity NAME makes one that joins',
  needs: ['token'],
  run({ token }): Observation[] {
    const seen: Observation[] = objectionsOf(
      token,
      'token/no-identity',
      'token/no-room',
      'token/malformed-claim',
    );
    const otherUse = otherUses.some((grant) => token.video[grant] === true);
    if (token.malformed === undefined && token.video['roomJoin'] !== true && !otherUse) {
      seen.push({ message: 'the token does not grant roomJoin: it opens no room' });
    }
    return seen;
  },
});
