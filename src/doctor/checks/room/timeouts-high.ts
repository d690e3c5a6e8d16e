import { formatDuration } from '../../../core/duration.ts';
import { defineCheck } from '../../check.ts';

/** In seconds. LiveKit's own defaults are 300 and 20. */
const high = 600;

export const roomTimeoutsHigh = defineCheck({
  id: 'room/timeouts-high',
  title: 'Rooms end soon after everybody left',
  area: 'rooms',
  severity: 'warning',
  why: 'A room stays for empty_timeout when nobody joined, and for departure_timeout after the last one left; until then it is listed as active.',
  fix: 'set room.empty_timeout: 300 and room.departure_timeout: 20, which are the defaults',
  needs: ['livekit'],
  run: ({ livekit: { document, rendered } }) =>
    ['empty_timeout', 'departure_timeout']
      .map((key) => ({ key, seconds: document.number('room', key) ?? 0 }))
      .filter(({ seconds }) => seconds > high)
      .map(({ key, seconds }) => ({
        message: `${rendered ? 'livekit.room' : 'room'}.${key} is ${formatDuration(seconds * 1000)}`,
        ...document.place('room', key),
      })),
});
