import {
  ListEgressRequest,
  ListEgressResponse,
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
import type { Recorder } from './recorder.ts';
import { call, type Service } from './twirp.ts';
import { denied, inner, nobodyAnswers, TwirpError } from './twirp-error.ts';

/**
 * `livekit.Egress`: with a recorder, of what starts egresses it takes rooms into files. Without one it is that of a
 * server without Redis, and so without an egress service: every call ends in a refusal.
 */
export function egressService({ rooms, behaviour, recorder }: ControlPlane): Service {
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
  const service = {
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
  return recorder ? { ...service, ...recording(recorder, rooms) } : service;
}

/** The calls that a recorder answers. */
function recording(recorder: Recorder, rooms: ControlPlane['rooms']): Service {
  const permitted = (claims: Claims | undefined) => {
    if (claims?.video?.roomRecord !== true) throw denied();
  };
  return {
    StartRoomCompositeEgress: call(RoomCompositeEgressRequest, (request, claims) => {
      permitted(claims);
      const room = rooms.get(request.roomName);
      if (!room) throw inner('not_found', 'requested room does not exist');
      return recorder.start(request, room.info);
    }),
    ListEgress: call(ListEgressRequest, (request, claims) => {
      permitted(claims);
      return new ListEgressResponse({ items: recorder.list(request) });
    }),
    StopEgress: call(StopEgressRequest, ({ egressId }, claims) => {
      permitted(claims);
      return recorder.stop(egressId);
    }),
    UpdateLayout: call(UpdateLayoutRequest, ({ egressId }, claims) => {
      permitted(claims);
      const [info] = recorder.list(new ListEgressRequest({ egressId }));
      if (!info) throw nobodyAnswers();
      return info;
    }),
  };
}
