import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { sfuFetch, sfuUrl } from '../../src/sfu/connection.ts';

const open: TcpServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) {
    (server as Server).closeAllConnections?.();
    await new Promise((done) => server.close(done));
  }
});

async function listen(server: TcpServer, scheme: string): Promise<string> {
  open.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const http = (handler: RequestListener) => listen(createServer(handler), 'http');
const fixture = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url));
const https = (handler: RequestListener) =>
  listen(
    createTlsServer({ cert: fixture('self-signed.crt'), key: fixture('self-signed.key') }, handler),
    'https',
  );
const get = (url: string, request = {}, skipTLSVerify = false) =>
  sfuFetch({ url, skipTLSVerify })('/path', request);

describe('the address of a server', () => {
  test.each([
    ['ws://h:7880', 'http://h:7880/'],
    ['WSS://h/', 'https://h/'],
    ['https://h/livekit/', 'https://h/livekit'],
    ['http://[::1]:7880?x=1#y', 'http://[::1]:7880/'],
  ])('%s', (text, url) => expect(sfuUrl(text)?.href).toBe(url));
  test.each(['h:7880', 'ftp://h', '', 'localhost'])('%s is none', (text) => {
    expect(sfuUrl(text)).toBeUndefined();
    expect(() => sfuFetch({ url: text, skipTLSVerify: false })).toThrow(
      expect.objectContaining({ code: 'sfu/bad-url' }),
    );
  });
});

describe('requests', () => {
  test('keep the path that a proxy puts LiveKit under', async () => {
    const url = await http((request, response) => response.end(request.url));
    expect(await (await get(`${url}/livekit`)).text()).toBe('/livekit/path');
  });

  test('to a port that clients refuse say so', async () => {
    await expect(get('http://127.0.0.1:1')).rejects.toMatchObject({
      code: 'sfu/unreachable',
      message: expect.stringContaining('refuse to connect to this port'),
      hint: expect.stringContaining('another one'),
    });
  });

  test('skip the certificate check when told to, and say so when not', async () => {
    const url = await https((_, response) => response.end('hello'));
    expect(await (await get(url, {}, true)).text()).toBe('hello');
    await expect(get(url)).rejects.toMatchObject({
      code: 'sfu/unreachable',
      message: `livekit-server at ${url}: its certificate is self-signed`,
      hint: expect.stringContaining('livekit.skipTLSVerify'),
    });
  });

  test.each<[string, () => Promise<string>, RegExp]>([
    [
      'nobody listens',
      async () => {
        const url = await http(() => {});
        await new Promise((done) => open.pop()?.close(done));
        return url;
      },
      /connection refused/,
    ],
    ['the name is unknown', async () => 'http://sfu.invalid:7880', /name (does not|could not be) resolve/],
    [
      'TLS is expected',
      async () => (await https(() => {})).replace('https', 'http'),
      /closed without an answer|not HTTP/,
    ],
    ['TLS is not spoken', async () => (await http(() => {})).replace('http', 'https'), /does not speak TLS/],
    ['it hangs up', () => http((request) => request.socket.destroy()), /closed without an answer/],
    [
      'it speaks no HTTP',
      () =>
        listen(
          createTcpServer((s) => s.end('SSH-2.0-x\r\n', () => s.destroy())),
          'http',
        ),
      /is not HTTP/,
    ],
    [
      'it redirects',
      () => http((_, r) => r.writeHead(301, { location: 'https://other/?access_token=x' }).end()),
      /it redirects to https:\/\/other\/$/,
    ],
  ])('fail clearly when %s', async (_, start, reason) => {
    await expect(get(await start())).rejects.toMatchObject({
      code: 'sfu/unreachable',
      exit: 3,
      message: expect.stringMatching(reason),
      hint: expect.stringMatching(/\w/),
    });
  });

  test('end when the answer takes too long', async () => {
    const url = await http(() => {});
    await expect(get(url, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'sfu/unreachable',
      message: `livekit-server at ${url}: no answer within 0.05 s`,
    });
  });

  test('end when the caller is interrupted', async () => {
    const url = await http(() => controller.abort(reason));
    const controller = new AbortController();
    const reason = new Error('interrupted');
    await expect(get(url, { signal: controller.signal })).rejects.toBe(reason);
  });
});
