import { defineCheck, type Observation } from '../../check.ts';
import type { MediaPath } from '../../probes/media/stats.ts';

export const turnDirectPath = defineCheck({
  id: 'turn/direct-path',
  title: 'Which way media takes from here',
  area: 'media',
  severity: 'info',
  why: 'Whoever has a direct way needs no relay: that TURN sees no use then is no fault of it.',
  fix: 'nothing: clients take the relay only where no direct way is open',
  needs: ['media'],
  run({ media: { calls } }): Observation[] {
    const { any } = calls;
    if (!any.ok) return [];
    const path = any.subscriber ?? any.publisher;
    if (path === undefined) return [];
    const { packets, lost } = any.audio;
    const quality = `${lost} of ${packets + lost} packets lost, round trip ${path.roundTripMs} ms`;
    const relayed = path.relay !== undefined;
    return [
      {
        message: `media goes ${wayOf(path)}, ${path.local} to ${path.remote}: ${quality}`,
        ...(relayed ? { hint: 'a direct way costs less: open the UDP ports of media for this network' } : {}),
      },
    ];
  },
});

function wayOf({ protocol, relay }: MediaPath): string {
  return relay === undefined
    ? `directly over ${protocol.toUpperCase()}`
    : `through TURN over ${relay.toUpperCase()}`;
}
