import { defineCheck, type Observation } from '../../check.ts';

export const sfuSignalUnreachable = defineCheck({
  id: 'sfu/signal-unreachable',
  title: 'Clients reach the address they are given',
  area: 'network',
  severity: 'error',
  why: 'A client gets its token and then times out: it cannot open the WebSocket at livekit.host.',
  fix: 'correct livekit.host (ws:// or wss://, as clients see it), its DNS record and the firewall in front of it',
  follows: ['sfu/api-unreachable'],
  needs: ['signal'],
  run({ signal }): Observation[] {
    const seen = signal.public ?? signal.internal;
    const { url, answer } = seen;
    if (answer.kind !== 'unreachable') return [];
    const behind = signal.public && signal.internal.answer.kind === 'joined';
    const also = behind ? `; LiveKit itself, at ${signal.internal.url.origin}, takes the same join` : '';
    return [
      {
        message: `no WebSocket at ${address(url)}: ${answer.problem}${also}`,
        ...(behind
          ? {
              hint: 'the way in is broken and LiveKit is not: check livekit.host, its DNS record, the proxy and the firewall',
            }
          : {}),
      },
    ];
  },
});

function address(url: URL): string {
  return url.href.replace(/^http/, 'ws').replace(/\/$/, '');
}
