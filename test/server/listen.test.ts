import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { bindAddress, listen } from '../../src/server/listen.ts';
import { redirectServer } from '../../src/server/tls/redirect.ts';

test.each([
  ['0.0.0.0', '0.0.0.0'],
  ['127.0.0.1', '127.0.0.1'],
  ['localhost', '127.0.0.1'],
  ['::', '::'],
  ['[::]', '::'],
  // The host's public name, and an address that only its router has.
  ['meet.example.com', '0.0.0.0'],
  ['203.0.113.7', '0.0.0.0'],
])('server.host %s is bound as %s', (host, address) => expect(bindAddress(host)).toBe(address));

let servers: ReturnType<typeof redirectServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  servers = [];
});

test.each([
  [443, 'meet.example.com', 'https://meet.example.com/a?b=1'],
  [8443, undefined, 'https://127.0.0.1:8443/a?b=1'],
])('plain HTTP is sent to HTTPS on %i', async (port, domain, location) => {
  const server = redirectServer(port, domain);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a?b=1`;
  const response = await fetch(url, { method: 'POST', redirect: 'manual' });
  expect(response.status).toBe(308);
  expect(response.headers.get('location')).toBe(location);
});

test('a port that may not be listened on says why', async () => {
  const server = redirectServer(443, undefined);
  await expect(listen(server, '203.0.113.1', 0)).rejects.toMatchObject({ code: 'server/port-refused' });
});
