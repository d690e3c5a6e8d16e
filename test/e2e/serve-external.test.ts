/** `serve` with a LiveKit that somebody else runs: here the emulator, in this process. */
import { afterEach, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/index.ts';
import { configureExternal } from '../helpers/external.ts';
import { until } from '../helpers/poll.ts';
import { freePort } from '../helpers/ports.ts';
import { bedrud, makePlace, type Serving, serve } from '../helpers/serve.ts';
import { accessToken, keys } from '../server/helpers.ts';

let serving: Serving | undefined;
let emulator: Emulator | undefined;
afterEach(async () => {
  serving?.kill('SIGKILL');
  await serving?.ended;
  await emulator?.close();
});

const startSfu = (port: number) => startEmulator({ port, keys: { [keys.apiKey]: keys.apiSecret } });
const readyz = async () => (await fetch(`${serving?.url}/readyz`)).status;

test('an SFU that is away is waited for, and joins go on meanwhile', { timeout: 60_000 }, async () => {
  const place = await makePlace({ PATH: '/nonexistent' });
  const port = await freePort();
  await configureExternal(place, `http://127.0.0.1:${port}`);
  serving = await serve(place);
  expect(serving.facts.sfu.kind).toBe('external');
  expect(await readyz()).toBe(503);

  const call = async (path: string, body: object) => {
    const authorization = `Bearer ${await accessToken('ana')}`;
    const headers = { authorization, 'content-type': 'application/json' };
    return fetch(`${serving?.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  };
  const room = (await (await call('/api/room/create', { name: 'standup' })).json()) as { id: string };
  const joined = await call('/api/room/join', { roomName: 'standup' });
  expect(await joined.json()).toMatchObject({ livekitHost: 'wss://lk.example.com' });
  expect((await call(`/api/room/${room.id}/mute/ben`, {})).status).toBe(502);

  emulator = await startSfu(port);
  await until('readiness', async () => (await readyz()) === 200, 15_000);
  expect((await call(`/api/room/${room.id}/mute/ben`, {})).status).toBe(404);

  await emulator.close();
  await until('that it is noticed', async () => (await readyz()) === 503, 15_000);
  serving.kill('SIGTERM');
  expect(await serving.ended).toBe(143);
});

test('a key that the SFU does not have is named in the log, without the secret', {
  timeout: 30_000,
}, async () => {
  const place = await makePlace({ PATH: '/nonexistent' });
  const port = await freePort();
  emulator = await startSfu(port);
  const wrong = 'a-secret-that-livekit-does-not-have-at-all';
  await configureExternal(place, `http://127.0.0.1:${port}`, { apiSecret: wrong });
  serving = await serve(place);
  expect(serving.stderr()).toContain('/rtc/validate answers 401');
  expect(serving.stderr()).not.toContain(wrong);
  expect(await readyz()).toBe(503);
});

test('LIVEKIT_MANAGED leaves livekit-server to who runs it', { timeout: 30_000 }, async () => {
  const place = await makePlace({ PATH: '/nonexistent', LIVEKIT_MANAGED: 'true' });
  const port = await freePort();
  emulator = await startSfu(port);
  await configureExternal(place, `http://127.0.0.1:${port}`);
  serving = await serve(place);
  expect(serving.facts.sfu).toMatchObject({ kind: 'external', url: `http://127.0.0.1:${port}` });
  expect(await readyz()).toBe(200);
  // Nobody else writes between the lines of the log: not V8 of a flag it doesn't know, not Node.js of a deprecation.
  const lines = serving.stderr().trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toContainEqual(expect.objectContaining({ level: 'info' }));
});

test('--check of an external set-up looks at the port and the database', async () => {
  const place = await makePlace({ PATH: '/nonexistent' });
  await configureExternal(place, 'http://127.0.0.1:1');
  expect(await bedrud(place, 'serve', '--check')).toMatchObject({ status: 0 });
});
