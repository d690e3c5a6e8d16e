import { defineCheck } from '../../check.ts';

/** In seconds. */
const tooLong = 600;

export const roomTimeoutsHigh = defineCheck({
  id: 'room/timeouts-high',
  title: 'Empty rooms go within ten minutes',
  area: 'rooms',
  severity: 'warning',
  why: 'A room that lingers shows as live, and keeps its recording running.',
  fix: 'lower room.empty_timeout and room.departure_timeout: 300 and 20 are the defaults, in seconds',
  needs: ['rooms'],
  run: ({ rooms }) =>
    rooms
      .filter(({ seconds }) => seconds > tooLong)
      .map(({ name, seconds }) => ({
        message: `room ${name} stays for ${Math.round(seconds / 60)} minutes when it is empty`,
        hint: 'give it an emptyTimeout and a departureTimeout of 600 at most where it is created, and lower those under room: in the file',
      })),
});
