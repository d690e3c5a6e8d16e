/** Runs in the browser: what browser.test.ts asks of a participant. */
import { DisconnectReason, Room, RoomEvent } from 'livekit-client';

const room = new Room();
let reason;
room.on(RoomEvent.Disconnected, (code) => {
  reason = DisconnectReason[code];
});
// A video that is watched is one that is sent.
room.on(RoomEvent.TrackSubscribed, (track) => document.body.append(track.attach()));

globalThis.meeting = {
  join: (url, token) => room.connect(url, token),
  publish: () => room.localParticipant.setCameraEnabled(true),
  reason: () => reason,
  seen: () => [...document.querySelectorAll('video')].filter(({ videoWidth }) => videoWidth > 0).length,
  paths: async () => {
    const { publisher, subscriber } = room.engine.pcManager;
    return Promise.all([publisher, subscriber].filter(Boolean).map(pathOf));
  },
};

/** How the media of a peer connection leave this host. */
async function pathOf(transport) {
  const stats = [...(await transport.getStats()).values()];
  const used = stats.find(
    ({ type, selectedCandidatePairId }) => type === 'transport' && selectedCandidatePairId,
  );
  const pair = stats.find(({ id }) => id === used?.selectedCandidatePairId);
  const local = stats.find(({ id }) => id === pair?.localCandidateId);
  return `${local?.candidateType} ${local?.relayProtocol ?? local?.protocol}`;
}
