import { startEmulator } from '../../src/emulator/index.ts';
import { SignalClient } from '../helpers/signal-client.ts';
import { configuration, type Guest, type StartSubject } from './subject.ts';
import { describeContract } from './suite.ts';

/** The emulator has no media: a client that signals is as connected as one can be. */
async function enter(url: string, token: string): Promise<Guest> {
  const client = await SignalClient.join(url, token);
  return {
    publish: async () => (await client.publish()).sid,
    leave: () => client.leave(),
    gone: client.closed.then(async () => (await client.wait('leave')).reason),
  };
}

for (const version of ['1.8.4', '1.9.0', '1.9.12', '1.10.1', '1.11.0', '1.12.0', '1.13.5']) {
  const start: StartSubject = async (options = {}) => {
    const config = configuration(0, options) as Record<string, unknown>;
    const emulator = await startEmulator({
      version,
      port: 0,
      config: { yaml: '', read: () => ({ config }) },
    });
    return { ...emulator, enter: (token) => enter(emulator.url, token) };
  };
  describeContract('the emulator of livekit-server', version, start);
}
