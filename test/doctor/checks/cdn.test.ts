import { describe, expect, test } from 'vitest';
import { Document } from '../../../src/doctor/document.ts';
import { cdnOf } from '../../../src/doctor/facts/cdn-ranges.ts';
import { recreates, sees } from '../recreate.ts';
import { externalAt } from '../servers.ts';

test.each([
  ['104.16.132.229', 'Cloudflare'],
  ['2606:4700::6810:84e5', 'Cloudflare'],
  ['151.101.1.69', 'Fastly'],
  ['198.51.100.7', undefined],
  ['2001:db8::7', undefined],
  ['meet.example.com', undefined],
])('%s', (address, cdn) => {
  expect(cdnOf(address)).toBe(cdn);
});

const facts = (yaml: string) => ({
  livekit: { name: 'livekit.yaml', rendered: false, document: new Document(yaml, 'livekit.yaml') },
  publicHost: { name: 'meet.example.com', publicAddresses: ['104.16.132.229'] },
});

describe('a name behind Cloudflare', () => {
  sees('proxy/http-only-cdn', 'LiveKit is told no address of its own', facts('rtc: {node_ip: 10.0.0.5}'), {
    severity: 'warning',
    message: /meet\.example\.com leads to Cloudflare \(104\.16\.132\.229\), and nothing says/,
    hint: /set rtc\.node_ip/,
  });
  sees(
    'proxy/http-only-cdn',
    'TURN has that name too',
    facts('rtc: {node_ip: 198.51.100.7}\nturn: {enabled: true, domain: meet.example.com}'),
    { message: /turn\.domain is that name/, hint: /a DNS record without/ },
  );
  sees('proxy/http-only-cdn', 'LiveKit is told its address', facts('rtc: {node_ip: 104.16.132.229}'), {
    message: /rtc\.node_ip 104\.16\.132\.229 is Cloudflare's/,
    hint: /rtc\.node_ip/,
  });
  recreates(
    'proxy/http-only-cdn',
    'an address instead of a name',
    {
      live: true,
      files: {
        ...externalAt('http://127.0.0.1:9', 'wss://104.16.132.229'),
        'livekit.yaml': 'rtc: {tcp_port: 7881}',
      },
      args: ['--livekit-config', 'livekit.yaml', '--only', 'proxy/http-only-cdn'],
    },
    { severity: 'warning', message: /leads to Cloudflare/, hint: /use_external_ip: true/ },
  );
});
