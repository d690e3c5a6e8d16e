import { defineCheck } from '../../check.ts';
import { objectionsOf } from '../../facts/token.ts';

export const tokenNoExp = defineCheck({
  id: 'token/no-exp',
  title: 'The token has an end',
  area: 'tokens',
  severity: 'warning',
  why: 'A token without exp lets whoever finds it into the room for as long as the key exists.',
  fix: 'set exp: bedrud token create does, ten minutes ahead unless --ttl says otherwise',
  needs: ['token'],
  run: ({ token }) => objectionsOf(token, 'token/never-expires'),
});
