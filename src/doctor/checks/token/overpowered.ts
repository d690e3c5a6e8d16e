import { grants, placeOf } from '../../../sfu/grants.ts';
import { defineCheck } from '../../check.ts';

export const tokenOverpowered = defineCheck({
  id: 'token/overpowered',
  title: 'A token that joins does not rule the server',
  area: 'tokens',
  severity: 'warning',
  why: 'A join token lives in a browser: with roomCreate, roomList or roomRecord its holder controls other rooms, with roomAdmin this one.',
  fix: 'leave those grants out of join tokens; the server signs its own for controlling rooms',
  needs: ['token'],
  run({ token: { claims, video } }) {
    const powers = [...grants].filter(([name, grant]) => {
      const { section, key } = placeOf(name);
      return grant.powerful && (claims[section] as Record<string, unknown> | undefined)?.[key] === true;
    });
    return video['roomJoin'] === true && powers.length > 0
      ? [{ message: `the token joins a room and also grants ${powers.map(([name]) => name).join(', ')}` }]
      : [];
  },
});
