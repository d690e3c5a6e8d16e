import { DisconnectReason, Pong, SignalRequest, SignalResponse } from '@livekit/protocol';
import type { WebSocket } from 'ws';
import type { Connect } from './connect.ts';
import type { ControlPlane } from './control-plane.ts';
import type { Connection, Participant, Signal } from './participant.ts';
import type { Room } from './room.ts';

/** Carries one client's signalling until either side ends it. */
export function serveSession(plane: ControlPlane, room: Room, connect: Connect, socket: WebSocket): void {
  // The answer is in the encoding of the client's last message.
  let json = false;
  const connection: Connection = {
    send(message: Signal) {
      if (socket.readyState !== socket.OPEN) return;
      const response = new SignalResponse({ message });
      socket.send(json ? response.toJsonString() : response.toBinary());
    },
    close: () => socket.close(1000),
  };
  const participant = plane.enter(room, connect, connection);
  if (!participant) return;
  for (const request of connect.addTracks) participant.addTrack(request);

  const isCurrent = () =>
    participant.speaksOver(connection) && room.participants.get(participant.identity) === participant;
  socket.on('message', (data: Buffer, binary) => {
    json = !binary;
    const request = decode(data, json);
    // As the server does, hang up on what is no request.
    if (!request) connection.close();
    else if (isCurrent()) handle(request.message, participant, room);
  });
  socket.on('close', () => {
    // The server would wait for the media connection to end; there is none.
    if (isCurrent()) room.remove(participant.identity, DisconnectReason.SIGNAL_CLOSE, false);
  });
  socket.on('error', () => socket.terminate());
}

function decode(data: Buffer, json: boolean): SignalRequest | undefined {
  try {
    return json ? SignalRequest.fromJsonString(data.toString()) : SignalRequest.fromBinary(data);
  } catch {
    return undefined;
  }
}

/** What concerns media (offers, candidates, subscriptions) is taken and has no effect. */
function handle(message: SignalRequest['message'], participant: Participant, room: Room): void {
  switch (message.case) {
    case 'ping':
      participant.send({ case: 'pong', value: BigInt(Date.now()) });
      break;
    case 'pingReq': {
      const times = { lastPingTimestamp: message.value.timestamp, timestamp: BigInt(Date.now()) };
      participant.send({ case: 'pongResp', value: new Pong(times) });
      break;
    }
    case 'addTrack':
      participant.addTrack(message.value);
      break;
    case 'mute':
      participant.mute(message.value.sid, message.value.muted, false);
      break;
    case 'updateMetadata':
      participant.requestUpdate(message.value);
      break;
    case 'leave':
      room.remove(participant.identity, DisconnectReason.CLIENT_INITIATED);
      break;
  }
}
