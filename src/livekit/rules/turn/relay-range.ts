import { docs, type Rule } from '../rule.ts';

export const turnRelayRange: Rule = {
  id: 'turn/relay-range',
  title: 'The relay range goes upwards',
  severity: 'error',
  why: 'the server starts with a range that ends before it begins, and can relay for nobody',
  fix: 'set turn.relay_range_start below turn.relay_range_end (by default 30000 and 40000), both or neither',
  docs: docs.ports,
  *run(facts) {
    const start = facts.number('turn.relay_range_start');
    const end = facts.number('turn.relay_range_end');
    if (!facts.flag('turn.enabled') || (start === 0 && end === 0)) return;
    if (start === 0 || end === 0) {
      const at = start === 0 ? 'turn.relay_range_end' : 'turn.relay_range_start';
      yield {
        at,
        severity: 'warning',
        message: 'only one end of the relay range is set: 30000 to 40000 is used',
      };
    } else if (end < start) {
      yield { at: 'turn.relay_range_end', message: `the relay range goes from ${start} down to ${end}` };
    }
  },
};
