import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { portOwner, requireFreePorts } from '../../src/sfu/ports.ts';
import { freePort } from '../helpers/ports.ts';

test('ports that are free pass, and are free afterwards', async () => {
  const port = await freePort();
  const ports = [
    { port, protocol: 'tcp', setting: 'livekit.port' },
    { port, protocol: 'udp', setting: 'livekit.rtc.udpPort' },
  ] as const;
  await requireFreePorts(ports);
  await requireFreePorts(ports);
  expect(portOwner({ port, protocol: 'tcp' })).toBeUndefined();
});

test('a UDP port that is taken is named with its owner', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await expect(
    requireFreePorts([{ port, protocol: 'udp', setting: 'livekit.turn.udpPort' }]),
  ).rejects.toMatchObject({
    code: 'ports/in-use',
    message: expect.stringMatching(new RegExp(`^port ${port}/udp is in use by .*\\(pid ${process.pid}\\)$`)),
    hint: expect.stringContaining('livekit.turn.udpPort'),
  });
  socket.close();
});

test('a server on one address takes the port from one on all', async () => {
  const server = createServer().listen(0, '::1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await expect(requireFreePorts([{ port, protocol: 'tcp', setting: 'livekit.port' }])).rejects.toMatchObject({
    code: 'ports/in-use',
  });
  server.close();
});

test('a port that two settings want is a collision of ours', async () => {
  const port = await freePort();
  await expect(
    requireFreePorts([
      { port, protocol: 'tcp', setting: 'livekit.port' },
      { port, protocol: 'tcp', setting: 'livekit.rtc.tcpPort' },
    ]),
  ).rejects.toMatchObject({
    message: `port ${port}/tcp is in use by livekit-server itself (livekit.port)`,
    hint: expect.stringContaining('livekit.rtc.tcpPort'),
  });
});
