import { afterEach, describe } from 'vitest';
import { recreates, type Scenario } from '../doctor/recreate.ts';
import { externalAt } from '../doctor/servers.ts';
import { type LiveKit, startLiveKit } from '../helpers/livekit.ts';
import { describeWith } from '../helpers/needs.ts';
import { freePort } from '../helpers/ports.ts';

let livekit: LiveKit;
afterEach(() => livekit.stop());

const at = (url: string, file: object, only: string): Scenario => ({
  live: true,
  files: { ...externalAt(url, url.replace('http', 'ws')), 'livekit.yaml': JSON.stringify(file) },
  args: ['--livekit-config', 'livekit.yaml', '--only', only],
});

describeWith(['livekit-server'], 'a real livekit-server that lets everybody in', () => {
  recreates(
    'keys/weak-secret',
    'by the pair of --dev',
    async () => {
      livekit = await startLiveKit({ devkey: 'secret' });
      return at(livekit.url, {}, 'keys/weak-secret');
    },
    { message: /published pair of devkey/, hint: /generate-keys/ },
  );
  recreates(
    'debug/exposed',
    'on the port of its API',
    async () => {
      livekit = await startLiveKit(
        { APIdoors: 'a-secret-of-the-open-doors-tests-0123' },
        { development: true },
      );
      return at(livekit.url, {}, 'debug/exposed');
    },
    { severity: 'warning', message: /\/debug\/rooms tells everybody/, hint: /development/ },
  );
  describe('to its metrics', () => {
    const listening = async (prometheus: object): Promise<Scenario> => {
      const file = { prometheus: { port: await freePort(), ...prometheus } };
      livekit = await startLiveKit({ APIdoors: 'a-secret-of-the-open-doors-tests-0123' }, file);
      return at(livekit.url, file, 'metrics/open');
    };
    recreates('metrics/open', 'without a password', () => listening({}), {
      severity: 'warning',
      message: /http:\/\/127\.0\.0\.1:\d+\/metrics answers without a password/,
      hint: /prometheus\.password/,
    });
    recreates('metrics/open', 'with a password alone', () => listening({ password: 'half-a-protection' }), {
      severity: 'warning',
      message: /answers without a password/,
      hint: /prometheus\.username/,
    });
  });
});
