/**
 * Makes one call with media, in a process of its own: the media library writes to standard output, which carries the
 * report, and takes the process with it when what it is sent makes it panic.
 */
import {
  AudioFrame,
  AudioSource,
  ContinualGatheringPolicy,
  IceTransportType,
  LocalAudioTrack,
  Room,
  RoomEvent,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node';
import type { CallOrder, CallReport, CallStep } from './call.ts';
import { receivedAudio, selectedPath } from './stats.ts';

const sampleRate = 48_000;
/** In samples: what WebRTC cuts audio into, 10 ms. */
const frameSize = 480;
/** Of audio: long enough to see loss, short enough to wait for. */
const frames = 150;

process.once('message', (order: CallOrder) => {
  call(order).then(report, (error: Error) => report({ kind: 'failed', problem: error.message }));
});
process.once('disconnect', () => process.exit());

function report(message: CallReport): void {
  process.send?.(message);
}

async function call(order: CallOrder): Promise<CallReport> {
  const reach = (step: CallStep) => report({ kind: 'step', step });
  const [publisher, subscriber] = await Promise.all(
    order.tokens.map((token) => enter(order.url, token, order.relayOnly)),
  );
  if (publisher === undefined || subscriber === undefined) throw new Error('a call needs two');
  reach('publish');
  const subscribed = new Promise((resolve) => subscriber.once(RoomEvent.TrackSubscribed, resolve));
  const source = new AudioSource(sampleRate, 1);
  await publisher.localParticipant?.publishTrack(
    LocalAudioTrack.createAudioTrack('doctor', source),
    new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE }),
  );
  await subscribed;
  reach('listen');
  await speak(source);
  const audio = await heard(subscriber);
  const [sent, received] = await Promise.all([publisher.getRtcStats(), subscriber.getRtcStats()]);
  await Promise.all([publisher.disconnect(), subscriber.disconnect()]);
  return { kind: 'done', publisher: selectedPath(sent), subscriber: selectedPath(received), audio };
}

async function enter(url: string, token: string, relayOnly: boolean): Promise<Room> {
  const room = new Room();
  const rtcConfig = {
    iceTransportType: IceTransportType.TRANSPORT_RELAY,
    continualGatheringPolicy: ContinualGatheringPolicy.GATHER_ONCE,
    // LiveKit's are used then.
    iceServers: [],
  };
  await room.connect(url, token, {
    autoSubscribe: true,
    dynacast: false,
    ...(relayOnly ? { rtcConfig } : {}),
  });
  return room;
}

/** A hum: silence is hardly sent at all. */
async function speak(source: AudioSource): Promise<void> {
  for (let n = 0; n < frames; n++) {
    const frame = AudioFrame.create(sampleRate, 1, frameSize);
    for (let i = 0; i < frameSize; i++) {
      frame.data[i] = 8_000 * Math.sin((2 * Math.PI * 440 * (n * frameSize + i)) / sampleRate);
    }
    await source.captureFrame(frame);
  }
  await source.waitForPlayout();
}

/** What has arrived, once something has; whoever waits for us has a limit. */
async function heard(room: Room): Promise<ReturnType<typeof receivedAudio>> {
  for (;;) {
    const audio = receivedAudio(await room.getRtcStats());
    if (audio.packets > 0) return audio;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
