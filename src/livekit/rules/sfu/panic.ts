import { docs, type Rule } from '../rule.ts';

/** Negative sizes and intervals that make livekit-server panic. */
export const panickingValue: Rule = {
  id: 'sfu/panic',
  title: 'Sizes and intervals are not negative',
  severity: 'error',
  why: 'the server makes a queue or a timer of it, and panics',
  fix: 'use a positive value, or remove the key',
  docs: docs.sample,
  *run(facts) {
    for (const at of ['psrpc.buffer_size', 'signal_relay.stream_buffer_size']) {
      const size = facts.number(at);
      if (size >= 0) continue;
      yield {
        at,
        message: `${at} is ${size}`,
        stops: { stage: 'signal', prints: 'panic: makechan: size out of range' },
      };
    }
    const at = 'node_stats.stats_update_interval';
    const interval = facts.get(at);
    if (typeof interval !== 'number' || interval > 0) return;
    const what = interval === 0 ? 'integer divide by zero' : 'makeslice: len out of range';
    const prints = `panic: runtime error: ${what}`;
    yield { at, message: `${at} is not positive`, stops: { stage: 'router', prints } };
  },
};
