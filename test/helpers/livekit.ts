import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AudioSource,
  LocalAudioTrack,
  LocalVideoTrack,
  Room,
  RoomEvent,
  TrackPublishOptions,
  TrackSource,
  VideoSource,
} from '@livekit/rtc-node';
import { parseVersion } from '../../src/livekit/versions.ts';
import { findProgram } from './needs.ts';
import { until } from './poll.ts';
import { freePort } from './ports.ts';

export interface LiveKit {
  url: string;
  version: string;
  stop(): Promise<void>;
}

/** A real livekit-server on free ports of loopback. @param config more of its configuration, by section */
export async function startLiveKit(keys: Record<string, string>, config: object = {}): Promise<LiveKit> {
  const binary = findProgram('livekit-server') ?? 'livekit-server';
  const version = parseVersion(execFileSync(binary, ['--version'], { encoding: 'utf8' })) ?? '';
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'livekit-'));
  const file = join(directory, 'livekit.yaml');
  const rtc = {
    node_ip: '127.0.0.1',
    tcp_port: await freePort(),
    port_range_start: 41_001,
    port_range_end: 42_000,
    enable_loopback_candidate: true,
  };
  await writeFile(file, JSON.stringify({ port, bind_addresses: ['127.0.0.1'], rtc, keys, ...config }));
  const child = spawn(binary, ['--config', file], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const url = `http://127.0.0.1:${port}`;
  await until('livekit-server answers', () =>
    fetch(url).then(
      (r) => r.ok,
      () => false,
    ),
  );
  return {
    url,
    version,
    async stop() {
      child.kill('SIGKILL');
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}

/** A participant with media. Call `dispose` of @livekit/rtc-node when all are done. */
export async function enter(url: string, token: string) {
  const room = new Room();
  const gone = new Promise<number>((resolve) => room.on(RoomEvent.Disconnected, resolve));
  await room.connect(url.replace(/^http/, 'ws'), token, { autoSubscribe: true, dynacast: false });
  return {
    room,
    /** Settles with the reason when the participant is out. */
    gone,
    /** Publishes a microphone and returns the track's SID. */
    async publish(): Promise<string> {
      const track = LocalAudioTrack.createAudioTrack('mic', new AudioSource(48_000, 1));
      const options = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE });
      const publication = await room.localParticipant?.publishTrack(track, options);
      return publication?.sid ?? '';
    },
    /** Publishes a camera. */
    async publishCamera(): Promise<void> {
      const track = LocalVideoTrack.createVideoTrack('cam', new VideoSource(64, 48));
      await room.localParticipant?.publishTrack(
        track,
        new TrackPublishOptions({ source: TrackSource.SOURCE_CAMERA }),
      );
    },
    leave: () => room.disconnect(),
  };
}
