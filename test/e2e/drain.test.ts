/** SIGTERM in the middle of requests: what reached the server is answered. */
import { Agent, request } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/index.ts';
import { configureExternal } from '../helpers/external.ts';
import { until } from '../helpers/poll.ts';
import { makePlace, type Serving, serve } from '../helpers/serve.ts';
import { accessToken, keys } from '../server/helpers.ts';

let serving: Serving | undefined;
let emulator: Emulator | undefined;
afterEach(async () => {
  serving?.kill('SIGKILL');
  await serving?.ended;
  await emulator?.close();
});

interface Answer {
  path: string;
  status?: number;
  body?: string;
  error?: string | undefined;
  /** The connection had carried a request before. */
  reused: boolean;
}

/** One request on one of the agent's connections. */
function ask(agent: Agent, url: string, path: string, token: string): Promise<Answer> {
  const join = path.endsWith('/join');
  return new Promise((resolve) => {
    const asked = request(
      `${url}${path}`,
      {
        agent,
        method: join ? 'POST' : 'GET',
        headers: {
          authorization: `Bearer ${token}`,
          ...(join ? { 'content-type': 'application/json' } : {}),
        },
      },
      async (response) => {
        const { reusedSocket: reused } = asked;
        const chunks = await response.toArray().catch(() => undefined);
        const status = response.statusCode ?? 0;
        if (chunks) resolve({ path, status, body: Buffer.concat(chunks).toString(), reused });
        else resolve({ path, error: 'the answer broke off', reused });
      },
    );
    asked.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ path, error: error.code, reused: asked.reusedSocket }),
    );
    asked.end(join ? JSON.stringify({ roomName: 'standup' }) : undefined);
  });
}

test('a server that ends loses no request of those who are connected', { timeout: 60_000 }, async () => {
  emulator = await startEmulator({ port: 0, keys: { [keys.apiKey]: keys.apiSecret } });
  // As many as can be.
  const place = await makePlace({ PATH: '/nonexistent', RATELIMIT_API_MAX: '0' });
  await configureExternal(place, emulator.url);
  serving = await serve(place);
  const { url } = serving;
  const token = await accessToken('ana');
  await fetch(`${url}/api/room/create`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'standup', isPublic: true }),
  });

  const answers: Answer[] = [];
  const clients = Array.from({ length: 12 }, async (_, n) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (;;) {
      const answer = await ask(agent, url, n % 2 ? '/api/room/join' : '/api/room/list', token);
      answers.push(answer);
      if (answer.error) break;
    }
    agent.destroy();
  });
  await until('that all are at it', () => answers.length > 300, 20_000);
  const before = answers.length;
  serving.kill('SIGTERM');
  await Promise.all(clients);
  expect(await serving.ended).toBe(143);

  expect(answers.length).toBeGreaterThan(before + clients.length);
  const odd = answers.filter(({ path, status, body, error, reused }) => {
    // Who comes when nobody listens any more is not let in.
    if (error) return reused || !['ECONNREFUSED', 'ECONNRESET'].includes(error);
    const refused = path.endsWith('/join') && status === 503 && body?.includes('server/draining');
    return status !== 200 && !refused;
  });
  expect(odd).toEqual([]);
});
