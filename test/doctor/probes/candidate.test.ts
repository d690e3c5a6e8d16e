import { expect, test } from 'vitest';
import { filterDescription, parseCandidate } from '../../../src/doctor/probes/media/candidate.ts';

const udp = 'candidate:1 1 udp 2130706431 192.0.2.7 50012 typ host';
const tcp = 'candidate:2 1 tcp 1671430143 192.0.2.7 7881 typ host tcptype passive';
const relay = 'candidate:3 1 UDP 33562623 198.51.100.3 30001 typ relay raddr 0.0.0.0 rport 0';

test.each([
  [udp, { protocol: 'udp', address: '192.0.2.7', port: 50012, kind: 'host' }],
  [`a=${tcp}`, { protocol: 'tcp', address: '192.0.2.7', port: 7881, kind: 'host' }],
  [relay, { protocol: 'udp', address: '198.51.100.3', port: 30001, kind: 'relay' }],
  [
    'candidate:4 1 udp 1 fd00::2 50012 typ host',
    { protocol: 'udp', address: 'fd00::2', port: 50012, kind: 'host' },
  ],
  ['a=end-of-candidates', undefined],
  ['', undefined],
])('%s', (text, expected) => {
  expect(parseCandidate(text)).toEqual(expected);
});

test('a description keeps everything but the candidates that are refused', () => {
  const sdp = ['v=0', 'm=audio 9 UDP/TLS/RTP/SAVPF 111', `a=${udp}`, `a=${tcp}`, 'a=end-of-candidates', ''];
  expect(filterDescription(sdp.join('\r\n'), ({ protocol }) => protocol === 'tcp').split('\r\n')).toEqual(
    sdp.filter((line) => line !== `a=${udp}`),
  );
});
