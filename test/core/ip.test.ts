import { expect, test } from 'vitest';
import { addressKind } from '../../src/core/ip.ts';

test.each([
  ['0.0.0.0', 'unspecified'],
  ['::', 'unspecified'],
  ['127.0.0.53', 'loopback'],
  ['::1', 'loopback'],
  ['169.254.1.1', 'link-local'],
  ['fe80::1', 'link-local'],
  ['224.0.0.251', 'multicast'],
  ['255.255.255.255', 'multicast'],
  ['ff02::1', 'multicast'],
  ['10.0.0.5', 'private'],
  ['172.31.255.255', 'private'],
  ['172.32.0.1', 'public'],
  ['192.168.1.1', 'private'],
  ['fd00::5', 'private'],
  ['100.64.0.1', 'public'],
  ['203.0.113.7', 'public'],
  ['2001:db8::7', 'public'],
  ['::ffff:10.0.0.5', 'private'],
  ['meet.example.com', undefined],
  ['[::1]', undefined],
  ['fe80::1%eth0', undefined],
  ['10.0.0.5:80', undefined],
  ['010.0.0.5', undefined],
  ['', undefined],
])('%s is %s', (address, kind) => {
  expect(addressKind(address)).toBe(kind);
});
