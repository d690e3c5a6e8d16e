import { docs, type Rule } from '../rule.ts';

const tooLong = 600;

export const roomTimeouts: Rule = {
  id: 'room/timeouts-high',
  title: 'Empty rooms go within ten minutes',
  severity: 'warning',
  why: 'a room that lingers shows as live, and keeps its recording running',
  fix: 'lower it: 300 and 20 are the defaults, in seconds',
  docs: docs.sample,
  *run(facts) {
    for (const at of ['room.empty_timeout', 'room.departure_timeout']) {
      const seconds = facts.number(at);
      if (seconds > tooLong)
        yield { at, message: `${at} keeps a room for ${Math.round(seconds / 60)} minutes` };
    }
  },
};
