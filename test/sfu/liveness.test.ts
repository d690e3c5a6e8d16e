import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { hangs } from '../../src/sfu/liveness.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A server, and how often it was asked. */
async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const times = { askEveryMs: 1, answerMs: 400, misses: 3 };
const never = new AbortController().signal;

describe('an SFU that runs', () => {
  test('hangs after so many questions in a row without an answer', async () => {
    const misses: [string, number][] = [];
    const url = await listening(() => {});
    expect(await hangs(url, times, never, (text, inARow) => misses.push([text, inARow]))).toBe(true);
    expect(misses).toEqual([1, 2, 3].map((inARow) => ['GET /: no answer', inARow]));
  });

  test('counts anew after an answer, whatever its status', async () => {
    const misses: number[] = [];
    let asked = 0;
    const url = await listening((_request, response) => {
      asked += 1;
      if (asked === 3) response.writeHead(406).end();
    });
    expect(await hangs(url, times, never, (_, inARow) => misses.push(inARow))).toBe(true);
    expect(misses).toEqual([1, 2, 1, 2, 3]);
  });

  test('hangs when it has stopped listening', async () => {
    const misses: string[] = [];
    const url = await listening(() => {});
    servers.pop()?.close();
    expect(await hangs(url, times, never, (text) => misses.push(text))).toBe(true);
    expect(misses[0]).toContain('ECONNREFUSED');
  });

  test.each(['between questions', 'during one'])('is let be %s once nobody wants to know', async (when) => {
    const enough = new AbortController();
    const url = await listening(() => enough.abort());
    if (when === 'between questions') setImmediate(() => enough.abort());
    const patient = { ...times, askEveryMs: when === 'during one' ? 1 : 60_000, answerMs: 60_000 };
    const asked = hangs(url, patient, enough.signal, () => expect.unreachable('a miss'));
    expect(await asked).toBe(false);
  });
});
