import { relay } from '../../check.ts';

export const sfuApiUnreachable = relay(
  {
    id: 'sfu/api-unreachable',
    title: "LiveKit's API answers",
    area: 'network',
    severity: 'error',
    why: 'The dashboard says that LiveKit is disconnected; no room can be made, seen or controlled.',
    follows: ['sfu/binary-missing', 'sfu/crashed-at-start', 'redis/unreachable'],
    fix: 'start livekit-server, or correct livekit.internalHost; check with curl -i that address',
  },
  'sfu',
);
