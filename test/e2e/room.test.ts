import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/index.ts';
import { SignalClient } from '../helpers/signal-client.ts';

const program = fileURLToPath(new URL('../../bin/bedrud.js', import.meta.url));
const secret = 'a-secret-of-at-least-32-characters';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, keys: { devkey: secret } });
});
afterAll(() => emulator.close());

const bedrud = async (...argv: string[]) => {
  const env = {
    PATH: process.env['PATH'],
    LIVEKIT_URL: emulator.url,
    LIVEKIT_API_KEY: 'devkey',
    LIVEKIT_API_SECRET: secret,
  };
  return (await promisify(execFile)(process.execPath, [program, ...argv], { env })).stdout;
};

test('the built program signs a token that joins, sees who is there and puts them out', async () => {
  const token = await bedrud('token', 'create', '--room', 'standup', '--identity', 'ana');
  expect(await bedrud('token', 'verify', token.trim())).toBe('accepted\n');
  const ana = await SignalClient.join(emulator.url, token.trim());
  await ana.publish();
  expect(await bedrud('room', 'list', '--match', 'stand*')).toMatch(/^standup\s+1\s/m);
  expect(await bedrud('room', 'participants', 'standup')).toMatch(/^ana\s.*microphone/m);
  expect(await bedrud('room', 'mute', 'standup', 'ana')).toContain('muted: audio microphone');
  expect(await bedrud('room', 'kick', 'standup', '--match', 'a*', '--json')).toContain('"ok": true');
  await ana.closed;
});

test('a list in CSV becomes tokens', async () => {
  const list = fileURLToPath(new URL('../fixtures/team.csv', import.meta.url));
  const tokens = await bedrud('token', 'create', '--room', 'standup', '--from', list);
  expect(tokens.trim().split('\n')).toHaveLength(2);
});
