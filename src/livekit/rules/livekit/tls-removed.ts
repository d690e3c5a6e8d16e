import { docs, type Rule } from '../rule.ts';

export const tlsRemoved: Rule = {
  id: 'livekit/tls-removed',
  title: 'There is no top-level tls section',
  severity: 'error',
  why: 'no release from 1.5 to 1.13 takes one, whatever guides say: the server prints "field tls not found in type config.Config" and ends',
  fix: 'remove tls: and let a proxy end TLS; use http:// and ws:// towards LiveKit itself. TURN has its own certificate under turn:',
  docs: docs.selfHosting,
  *run(facts) {
    for (const error of facts.errors) {
      if (error.why !== 'unknown-key' || error.node.value !== 'tls' || error.owner !== 'config.Config')
        continue;
      yield {
        at: 'tls',
        node: error.node,
        message: 'livekit-server takes no top-level tls section: field tls not found',
      };
    }
  },
};
