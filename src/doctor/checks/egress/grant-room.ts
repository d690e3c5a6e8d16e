import { defineCheck } from '../../check.ts';

export const egressGrantRoom = defineCheck({
  id: 'egress/grant-room',
  title: 'The token that starts a recording names its room',
  area: 'recording',
  severity: 'error',
  why: 'Starting a recording is refused with `permissions denied` without roomRecord; the guide asks for the room beside it.',
  fix: 'grant both: bedrud token create --grant roomRecord=true --grant room=ROOM',
  needs: ['token'],
  run({ token: { video } }) {
    return video['roomRecord'] === true && !video['room']
      ? [{ message: 'the token grants roomRecord and names no room' }]
      : [];
  },
});
