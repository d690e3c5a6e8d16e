import { defineCheck, type Observation } from '../../check.ts';

export const egressWsUrl = defineCheck({
  id: 'egress/ws-url',
  title: 'egress is told where LiveKit is',
  area: 'recording',
  severity: 'error',
  why: 'The recorder joins the room like anybody: with a wrong ws_url, or keys LiveKit does not have, recordings stay at starting and then fail.',
  fix: 'set ws_url to ws://HOST:7880 as egress reaches LiveKit, and api_key and api_secret to a pair LiveKit has',
  needs: ['egress', 'config'],
  run({ egress, config }): Observation[] {
    const url = egress.string('ws_url');
    const seen: Observation[] = [];
    if (url === undefined || !/^wss?:\/\/[^/]/.test(url)) {
      seen.push({
        message:
          url === undefined
            ? `${egress.file} has no ws_url`
            : `ws_url is "${url}", which is no ws:// or wss:// URL`,
        ...egress.place('ws_url'),
      });
    }
    const { apiKey, apiSecret } = config.config.livekit;
    const [key, secret] = [egress.string('api_key'), egress.string('api_secret')];
    if (apiKey !== undefined && key !== undefined && key !== apiKey) {
      seen.push({
        severity: 'warning',
        message: `egress signs with the key ${key} and Bedrud with ${apiKey}`,
        hint: "check that LiveKit's keys has both",
        ...egress.place('api_key'),
      });
    } else if (key === apiKey && secret !== undefined && apiSecret !== undefined && secret !== apiSecret) {
      seen.push({
        message: `egress has another secret for ${key} than Bedrud`,
        hint: 'copy one to the other',
        ...egress.place('api_secret'),
      });
    }
    return seen;
  },
});
