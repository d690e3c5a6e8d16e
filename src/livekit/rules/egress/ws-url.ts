import { docs, type Rule } from '../rule.ts';

export const egressWsUrl: Rule = {
  id: 'egress/ws-url',
  title: 'ws_url is a WebSocket URL',
  severity: 'warning',
  why: 'the recorder joins rooms through it; with another scheme, or none, it is stuck at "starting"',
  fix: 'write ws://HOST:7880, or wss://NAME through the proxy',
  docs: docs.egress,
  *run(facts) {
    const url = facts.string('ws_url');
    if (url === '' || /^wss?:\/\/[^/\s]/.test(url)) return;
    yield { at: 'ws_url', message: `ws_url is ${url}, which does not begin with ws:// or wss://` };
  },
};
