import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { signToken } from '../../src/emulator/jwt.ts';
import { joinToken } from '../contracts/subject.ts';
import { SignalClient } from '../helpers/signal-client.ts';

const program = fileURLToPath(new URL('../../bin/bedrud.js', import.meta.url));
let child: ChildProcess | undefined;
afterEach(() => void child?.kill('SIGKILL'));

it('the built program plays livekit-server until SIGTERM', async () => {
  const args = [program, 'livekit', 'emulate', '--port', '0', '--version', '1.11.0'];
  const running = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  child = running;
  const ended = new Promise((resolve) => running.once('exit', (code, signal) => resolve(code ?? signal)));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(running.stdout).once('line', resolve);
    void ended.then((status) => reject(new Error(`ended with ${status}`)));
  });
  const claims = { iss: 'devkey', sub: 'ana', video: { roomJoin: true, room: 'room' } };
  const ana = await SignalClient.join(url, signToken(claims, 'secret'));
  expect(ana.join.serverVersion).toBe('1.11.0');
  await expect(SignalClient.join(url, joinToken('room', 'ben'))).rejects.toMatchObject({ status: 401 });
  running.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(await ana.closed).toBe(1000);
});
