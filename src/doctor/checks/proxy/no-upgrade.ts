import { defineCheck, type Observation } from '../../check.ts';

export const proxyNoUpgrade = defineCheck({
  id: 'proxy/no-upgrade',
  title: 'The proxy passes WebSockets on',
  area: 'network',
  severity: 'error',
  why: 'Clients fall into a loop of reconnecting: the proxy answers where LiveKit should.',
  fix: 'pass /rtc on with the Upgrade and Connection headers, HTTP/1.1 and a long read timeout',
  follows: ['sfu/api-unreachable'],
  needs: ['signal'],
  run({ signal }): Observation[] {
    const { url, answer } = signal.public ?? signal.internal;
    if (answer.kind !== 'refused' || answer.status === 401) return [];
    const what =
      `${url.href.replace(/^http/, 'ws').replace(/\/$/, '')}/rtc answers ${answer.status} ${answer.contentType}`.trim();
    const { hint } = reading(answer.status, answer.contentType);
    return [{ message: `${what} instead of opening a WebSocket`, ...(hint ? { hint } : {}) }];
  },
});

function reading(status: number, contentType: string): { hint?: string } {
  if (status === 200 && contentType === 'text/html') {
    return {
      hint: 'that is a web page: send /rtc to LiveKit before the fallback of the page (location /rtc)',
    };
  }
  if (status === 404)
    // livekit-server itself answers so to a GET without Upgrade.
    return {
      hint: "either the Upgrade and Connection headers are dropped on the way (proxy_http_version 1.1, proxy_set_header Upgrade), or the path is not LiveKit's: strip the prefix that the proxy puts before /rtc",
    };
  if (status === 502 || status === 503 || status === 504) {
    return { hint: 'the proxy does not reach LiveKit: correct its upstream, and check that LiveKit runs' };
  }
  return {};
}
