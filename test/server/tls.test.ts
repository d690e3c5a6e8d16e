import { once } from 'node:events';
import { createServer as createHttps, get } from 'node:https';
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import { connect, createServer, type Server, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../../src/server/index.ts';
import { onClientError } from '../../src/server/problem.ts';
import { readCertificate } from '../../src/server/tls/certificate.ts';
import { muxTurn } from '../../src/server/tls/turn-mux.ts';
import { portOwner } from '../../src/sfu/ports.ts';
import { makeCertificate } from '../helpers/certificate.ts';
import { describeWith } from '../helpers/needs.ts';
import { freePort } from '../helpers/ports.ts';
import { makeContext } from './helpers.ts';

/** A STUN binding request: type 0x0001, no attributes, the magic cookie, a transaction id. */
const stun = Buffer.from('000100002112a442000102030405060708090a0b', 'hex');

describeWith(['openssl'], 'one port for HTTPS and TURN/TLS', () => {
  /** Stands in for LiveKit's TURN: answers each message with its bytes reversed. */
  let turn: Server;
  let running: RunningServer;
  const sockets: Socket[] = [];
  const files = makeCertificate();

  async function start(flags: Record<string, unknown> = {}): Promise<RunningServer> {
    const { context } = await makeContext({ flags: { 'server.host': '127.0.0.1', ...flags } });
    context.config.server.port = 0;
    // Port 80 is one, and suites run side by side.
    context.config.server.httpPort = 0;
    const port = (turn.address() as AddressInfo).port;
    return startServer({ ...context, tls: files, turn: () => ({ port, domain: 'meet.example.com' }) });
  }
  beforeEach(async () => {
    turn = createServer(await readCertificate(files), (socket) => {
      socket.on('data', (data: Buffer) => socket.write(Buffer.from(data).reverse()));
      socket.on('end', () => socket.end());
      socket.on('error', () => {});
    });
    turn.listen(0, '127.0.0.1');
    await once(turn, 'listening');
    running = await start();
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await running.close(0);
    turn.close();
  });

  test('where plain HTTP cannot be listened to, nothing stays open', async () => {
    const { context } = await makeContext({ flags: { 'server.host': '127.0.0.1' } });
    const port = await freePort();
    context.config.server.port = port;
    context.config.server.httpPort = (turn.address() as AddressInfo).port;
    await expect(startServer({ ...context, tls: files })).rejects.toMatchObject({
      code: 'server/port-in-use',
    });
    context.config.server.httpPort = 0;
    const again = await startServer({ ...context, tls: files });
    expect(again.port).toBe(port);
    await again.close(0);
  });

  const tlsSocket = () => {
    const socket = connect({ port: running.port, host: '127.0.0.1', rejectUnauthorized: false });
    sockets.push(socket.on('error', () => {}));
    return socket;
  };
  const fetchStatus = (path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const options = { rejectUnauthorized: false, agent: false as const };
      get(`${running.url}${path}`, options, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on('error', reject);
    });

  test('HTTPS is answered', async () => {
    expect(await fetchStatus('/healthz')).toBe(200);
  });

  test('STUN goes to LiveKit and its answers come back, while HTTPS goes on', async () => {
    const socket = tlsSocket();
    for (let i = 0; i < 3; i += 1) {
      socket.write(stun);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer).toEqual(Buffer.from(stun).reverse());
      expect(await fetchStatus('/healthz')).toBe(200);
    }
    socket.end();
    await once(socket, 'close');
  });

  test('a request in pieces of one byte is still HTTP', async () => {
    const socket = tlsSocket();
    socket.setNoDelay(true);
    for (const byte of 'GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n') {
      socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const chunks = await socket.toArray();
    expect(Buffer.concat(chunks).toString()).toContain('HTTP/1.1 200 OK');
  });

  test('a thousand handshakes that never end hold up nobody', async () => {
    const idle = await Promise.all(
      Array.from({ length: 1000 }, async (_, i) => {
        const socket = connectTcp(running.port, '127.0.0.1').on('error', () => {});
        sockets.push(socket);
        await once(socket, 'connect');
        // A third say nothing, a third begin a TLS record, a third send what is no TLS at all, slowly.
        if (i % 3 === 1) socket.write(Buffer.from('16030100c8', 'hex'));
        return socket;
      }),
    );
    const silent = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const socket = tlsSocket();
        await once(socket, 'secureConnect');
        return socket;
      }),
    );
    expect(await fetchStatus('/healthz')).toBe(200);
    const socket = tlsSocket();
    socket.write(stun);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer).toHaveLength(stun.length);
    expect(idle.concat(silent as Socket[]).filter((each) => each.destroyed)).toEqual([]);
  });

  test('handshakes that never end do not hold up the end', async () => {
    const half = connectTcp(running.port, '127.0.0.1').on('error', () => {});
    await once(half, 'connect');
    half.write(Buffer.from('16030100c8', 'hex'));
    const silent = tlsSocket();
    await once(silent, 'secureConnect');
    const closed = Promise.all([once(half.resume(), 'close'), once(silent.resume(), 'close')]);
    await running.close(0);
    await closed;
  }, 5_000);

  test('a certificate that is no certificate, or not this key’s, is refused by name', async () => {
    const other = makeCertificate();
    await expect(readCertificate({ ...files, keyFile: other.keyFile })).rejects.toMatchObject({
      code: 'server/certificate',
    });
    await expect(readCertificate({ certFile: files.keyFile, keyFile: files.keyFile })).rejects.toMatchObject({
      code: 'server/certificate',
    });
    await expect(readCertificate({ ...files, certFile: '/nonexistent' })).rejects.toMatchObject({
      code: 'input/not-found',
    });
  });

  test('a port that is taken is named', async () => {
    const { context } = await makeContext({
      flags: { 'server.host': '127.0.0.1', 'server.port': running.port },
    });
    await expect(startServer({ ...context, portOwner })).rejects.toMatchObject({
      code: 'server/port-in-use',
      message: `port ${running.port} of 127.0.0.1 is in use by node (pid ${process.pid})`,
    });
  });
});

describeWith(['openssl'], 'limits of the port', () => {
  const limits = { handshake: 200, firstByte: 200, turnIdle: 1000, undecided: 3 };
  let server: ReturnType<typeof createHttps>;
  beforeEach(async () => {
    const secure = await readCertificate(makeCertificate());
    server = createHttps({ ...secure, handshakeTimeout: limits.handshake }, (_request, response) =>
      response.end(),
    );
    // As the application has it: what it writes to such a connection must not keep it open.
    server.on('clientError', onClientError);
    muxTurn(server, () => undefined, limits);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const port = () => (server.address() as AddressInfo).port;
  const tcp = async () => {
    const socket = connectTcp(port(), '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  const tls = async (): Promise<TLSSocket> => {
    const socket = connect({ port: port(), host: '127.0.0.1', rejectUnauthorized: false }).on(
      'error',
      () => {},
    );
    await once(socket, 'secureConnect');
    return socket;
  };

  test('a handshake that does not end is ended', async () => {
    await once(await tcp(), 'close');
  });
  test('so is a connection that says nothing', async () => {
    await once(await tls(), 'close');
  });
  test('STUN is refused where there is no TURN', async () => {
    const socket = await tls();
    socket.write(stun);
    await once(socket, 'close');
  });
  test('the oldest undecided connection makes room for a new one', async () => {
    const first = await tcp();
    const closed = once(first, 'close');
    const rest = [await tcp(), await tcp(), await tcp()];
    await closed;
    expect(rest.filter((socket) => socket.destroyed)).toEqual([]);
  });
  test('connections in use do not count as undecided', async () => {
    const inUse = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const socket = await tls();
        socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
        await once(socket, 'data');
        return socket;
      }),
    );
    const waiting = [await tcp(), await tcp(), await tcp()];
    await once(await tls(), 'close');
    expect(inUse.filter((socket) => socket.destroyed)).toEqual([]);
    for (const socket of waiting) socket.destroy();
  });

  test('who ends the sending side after a request still gets the answer', async () => {
    const socket = await tls();
    socket.end('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(Buffer.concat(await socket.toArray()).toString()).toContain('200 OK');
  });
});
