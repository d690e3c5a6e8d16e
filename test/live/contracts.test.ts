import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AudioSource,
  dispose,
  LocalAudioTrack,
  Room,
  RoomEvent,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node';
import { afterAll, describe } from 'vitest';
import { atLeast, parseVersion } from '../../src/livekit/versions.ts';
import { configuration, type Guest, type StartSubject, send } from '../contracts/subject.ts';
import { describeContract } from '../contracts/suite.ts';
import { describeWith, findProgram } from '../helpers/needs.ts';
import { until } from '../helpers/poll.ts';
import { freePort } from '../helpers/ports.ts';

describeWith(['livekit-server'], 'the contract', () => {
  const binary = findProgram('livekit-server') ?? '';
  const version = parseVersion(execFileSync(binary, ['--version'], { encoding: 'utf8' })) ?? '';

  const start: StartSubject = async (options = {}) => {
    const port = await freePort();
    const directory = await mkdtemp(join(tmpdir(), 'contract-'));
    const file = join(directory, 'livekit.yaml');
    const config = configuration(port, options) as { rtc: object };
    const rtc = {
      ...config.rtc,
      tcp_port: await freePort(),
      port_range_start: 40_000,
      port_range_end: 41_000,
    };
    await writeFile(file, JSON.stringify({ ...config, rtc }));
    const child = spawn(binary, ['--config', file], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const url = `http://127.0.0.1:${port}`;
    await until('the server answers', () =>
      send(url).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    return {
      url,
      version,
      enter: (token) => enter(url, token),
      async close() {
        child.kill('SIGKILL');
        await ended;
        await rm(directory, { recursive: true });
      },
    };
  };
  afterAll(() => dispose());
  // What older releases do was never written down, and the emulator doesn't play them.
  if (atLeast(version, '1.8.4')) describeContract('livekit-server', version, start);
  else describe.todo(`livekit-server ${version}`);
});

/** Joins with media, as a participant has to before the server counts it as joined. */
async function enter(url: string, token: string): Promise<Guest> {
  const room = new Room();
  const gone = new Promise<number>((resolve) => room.on(RoomEvent.Disconnected, resolve));
  await room.connect(url.replace(/^http/, 'ws'), token, { autoSubscribe: true, dynacast: false });
  return {
    async publish() {
      const track = LocalAudioTrack.createAudioTrack('mic', new AudioSource(48_000, 1));
      const options = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE });
      const { sid } = (await room.localParticipant?.publishTrack(track, options)) ?? {};
      return sid ?? '';
    },
    leave: () => room.disconnect(),
    gone,
  };
}
