import type { RenderInput } from '../../src/livekit/render/types.ts';

/** Bedrud's settings of LiveKit where config.yaml says nothing but a key. */
export const plainSettings: RenderInput['livekit'] = {
  apiKey: 'APIkey',
  apiSecret: 'a-secret-of-at-least-32-characters',
  port: 7880,
  rtc: {},
  turn: {},
  tls: {},
  redis: {},
  room: {},
  webhook: {},
  overrides: {},
};
