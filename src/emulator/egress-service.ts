import {
  ListEgressRequest,
  ParticipantEgressRequest,
  RoomCompositeEgressRequest,
  StartEgressRequest,
  StopEgressRequest,
  TrackCompositeEgressRequest,
  TrackEgressRequest,
  UpdateLayoutRequest,
  UpdateStreamRequest,
  WebEgressRequest,
} from '@livekit/protocol';
import type { ControlPlane } from './control-plane.ts';
import type { Claims } from './grants.ts';
import { call, type Service } from './twirp.ts';
import { denied, inner, nobodyAnswers, TwirpError } from './twirp-error.ts';

/** `livekit.Egress` of a server without Redis, and so without an egress service: every call ends in a refusal. */
export function egressService({ rooms, behaviour }: ControlPlane): Service {
  const start = ({ roomName = '' }: { roomName?: string }, claims: Claims | undefined): never => {
    if (claims?.video?.roomRecord !== true) throw denied();
    if (roomName !== '' && !rooms.has(roomName)) throw inner('not_found', 'requested room does not exist');
    throw nobodyAnswers();
  };
  const manage = (_request: unknown, claims: Claims | undefined): never => {
    if (claims?.video?.roomRecord !== true) throw denied();
    throw behaviour.egressPanics
      ? new TwirpError('internal', 'Internal service panic')
      : inner('internal', 'egress not connected (redis required)');
  };
  return {
    StartRoomCompositeEgress: call(RoomCompositeEgressRequest, start),
    StartParticipantEgress: call(ParticipantEgressRequest, start),
    StartTrackCompositeEgress: call(TrackCompositeEgressRequest, start),
    StartTrackEgress: call(TrackEgressRequest, start),
    StartWebEgress: call(WebEgressRequest, (request, claims) => start({ ...request, roomName: '' }, claims)),
    ...(behaviour.startEgress ? { StartEgress: call(StartEgressRequest, start) } : {}),
    UpdateLayout: call(UpdateLayoutRequest, manage),
    UpdateStream: call(UpdateStreamRequest, manage),
    ListEgress: call(ListEgressRequest, manage),
    StopEgress: call(StopEgressRequest, manage),
  };
}
