import type { Media } from '../../../src/doctor/facts/media.ts';
import type { CallAnswer } from '../../../src/doctor/probes/media/call.ts';
import { sees } from '../recreate.ts';

const path = {
  protocol: 'udp',
  local: '192.0.2.2:4000',
  remote: '198.51.100.7:50012',
  roundTripMs: 12,
} as const;
const done = (lost = 0, more = {}): CallAnswer => ({
  ok: true,
  publisher: path,
  subscriber: { ...path, ...more },
  audio: { packets: 75 - lost, lost },
});
const failed: CallAnswer = { ok: false, step: 'connect', problem: 'not within 8 s' };
const at = (address: string): Media['told'] => [
  { protocol: 'udp', address, port: 50012, kind: 'host' },
  { protocol: 'tcp', address, port: 7881, kind: 'host' },
];
const host = { addresses: ['192.0.2.2'], container: false };

sees(
  'media/udp-blocked',
  'UDP is dropped on the way',
  { host, media: { calls: { any: done(), udp: failed, tcp: done() }, told: at('198.51.100.7') } },
  {
    message: /no media over UDP from here to 198\.51\.100\.7:50012 \(not within 8 s\); over TCP it does/,
    hint: /open the UDP ports/,
  },
);
sees(
  'media/udp-blocked',
  'clients are told an address of LiveKit’s own network',
  { host, media: { calls: { any: done(), udp: failed, tcp: failed, relay: done() }, told: at('10.0.0.5') } },
  { message: /only a relay gets it through/, hint: /told 10\.0\.0\.5, .*set rtc\.node_ip/ },
);
sees(
  'media/udp-blocked',
  'TCP is no way out',
  { host, media: { calls: { any: done(), udp: done(), tcp: failed }, told: at('198.51.100.7') } },
  { severity: 'warning', message: /over TCP to 198\.51\.100\.7:7881 it does not/, hint: /7881\/tcp/ },
);
sees(
  'media/loss',
  'voices break up',
  { media: { calls: { any: done(9), udp: done(), tcp: done() }, told: [] } },
  { severity: 'warning', message: /12 % of the packets .* \(9 of 75\)/, hint: /rmem_max/ },
);
sees(
  'turn/direct-path',
  'the relay sees no use',
  { media: { calls: { any: done(), udp: done(), tcp: done() }, told: [] } },
  {
    severity: 'info',
    message:
      /directly over UDP, 192\.0\.2\.2:4000 to 198\.51\.100\.7:50012: 0 of 75 packets lost, round trip 12 ms/,
    hint: /nothing/,
  },
);
sees(
  'turn/direct-path',
  'the relay is used',
  { media: { calls: { any: done(0, { relay: 'tls' }), udp: failed, tcp: failed }, told: [] } },
  { severity: 'info', message: /through TURN over TLS/, hint: /open the UDP ports/ },
);
