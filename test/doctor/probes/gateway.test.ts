import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ICEServer,
  JoinResponse,
  LeaveRequest,
  SessionDescription,
  SignalRequest,
  SignalResponse,
  TrickleRequest,
} from '@livekit/protocol';
import { afterEach, expect, test } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { type Gateway, type GatewayOptions, openGateway } from '../../../src/doctor/probes/media/gateway.ts';
import { until } from '../../helpers/poll.ts';

const udp = 'candidate:1 1 udp 2130706431 192.0.2.7 50012 typ host';
const tcp = 'candidate:2 1 tcp 1671430143 192.0.2.7 7881 typ host tcptype passive';
const trickle = (candidate: string) =>
  new TrickleRequest({ candidateInit: JSON.stringify({ candidate, sdpMid: '0', sdpMLineIndex: 0 }) });
const description = new SessionDescription({ type: 'offer', sdp: `v=0\r\na=${udp}\r\na=${tcp}\r\n` });

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that says `says` when somebody comes, and the two ends of a gateway to it. */
async function between(says: Uint8Array[], direct?: GatewayOptions['direct']) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const heard: Buffer[] = [];
  const asked: { url: string | undefined; authorization: string | undefined }[] = [];
  server.on('connection', (socket, { url, headers }) => {
    asked.push({ url, authorization: headers.authorization });
    for (const message of says) socket.send(message);
    socket.on('message', (data: Buffer) => heard.push(data));
  });
  const base = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/livekit`);
  const gateway: Gateway = await openGateway({ direct, base, skipTLSVerify: false });
  const client = new WebSocket(`${gateway.url}/rtc?protocol=16`, { headers: { authorization: 'Bearer x' } });
  const got: Buffer[] = [];
  client.on('message', (data: Buffer) => got.push(data)).on('error', () => {});
  closing.push(
    () => client.terminate(),
    gateway.close,
    () => server.close(),
  );
  await once(client, 'open');
  return { gateway, client, got, heard, asked, server };
}

test('what LiveKit tells of UDP and TURN does not arrive, and is noted all the same', async () => {
  const says = [
    new SignalResponse({
      message: {
        case: 'join',
        value: new JoinResponse({ iceServers: [new ICEServer({ urls: ['turn:x'] })] }),
      },
    }),
    new SignalResponse({ message: { case: 'offer', value: description } }),
    new SignalResponse({ message: { case: 'trickle', value: trickle(udp) } }),
    new SignalResponse({ message: { case: 'trickle', value: trickle(tcp) } }),
  ].map((message) => message.toBinary());
  const { gateway, got, asked } = await between(says, 'tcp');
  await until('three messages', () => got.length === 3);
  const [join, offer, second] = got.map((data) => SignalResponse.fromBinary(data).message.value);
  expect(join).toMatchObject({ iceServers: [] });
  expect(offer).toMatchObject({ sdp: `v=0\r\na=${tcp}\r\n` });
  expect(second).toMatchObject(trickle(tcp));
  expect(gateway.candidates.map(({ protocol, port }) => [protocol, port])).toEqual([
    ['udp', 50012],
    ['tcp', 7881],
    ['udp', 50012],
    ['tcp', 7881],
  ]);
  expect(asked).toEqual([{ url: '/livekit/rtc?protocol=16', authorization: 'Bearer x' }]);
});

test('what the client tells of itself does not arrive', async () => {
  const { client, heard } = await between([], 'tcp');
  for (const candidate of [udp, tcp]) {
    client.send(new SignalRequest({ message: { case: 'trickle', value: trickle(candidate) } }).toBinary());
  }
  const leave = new SignalRequest({ message: { case: 'leave', value: new LeaveRequest() } });
  client.send(leave.toBinary());
  await until('one message', () => heard.length === 1);
  expect(SignalRequest.fromBinary(heard[0] ?? Buffer.of()).message.case).toBe('leave');
});

test('everything passes where no way is asked for', async () => {
  const offer = new SignalResponse({ message: { case: 'offer', value: description } }).toBinary();
  const { client, heard, got } = await between([offer]);
  client.send(new SignalRequest({ message: { case: 'trickle', value: trickle(udp) } }).toBinary());
  await until('both messages', () => heard.length === 1 && got.length === 1);
  expect(SignalRequest.fromBinary(heard[0] ?? Buffer.of()).message.value).toMatchObject(trickle(udp));
  expect(SignalResponse.fromBinary(got[0] ?? Buffer.of()).message.value).toMatchObject({
    sdp: description.sdp,
  });
});

test('noise ends the connection, and nothing else', async () => {
  const { client } = await between([Buffer.from([0xff, 0xff, 0xff])]);
  if (client.readyState !== WebSocket.CLOSED) await once(client, 'close');
});

test('a LiveKit that is gone ends the connection', async () => {
  const { client, server } = await between([]);
  await until('it is there', () => server.clients.size === 1);
  for (const socket of server.clients) socket.terminate();
  if (client.readyState !== WebSocket.CLOSED) await once(client, 'close');
});

test('a refusal is passed on as it is', async () => {
  const server = createServer((_, answer) => answer.writeHead(404).end());
  server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const gateway = await openGateway({ base, skipTLSVerify: false });
  closing.push(gateway.close, () => server.close());
  const client = new WebSocket(`${gateway.url}/rtc/v1`);
  const [, { statusCode }] = await once(client, 'unexpected-response');
  expect(statusCode).toBe(404);
});
