import {
  CreateRoomRequest,
  DeleteRoomRequest,
  DeleteRoomResponse,
  DisconnectReason,
  ForwardParticipantRequest,
  ListParticipantsRequest,
  ListParticipantsResponse,
  ListRoomsRequest,
  ListRoomsResponse,
  MoveParticipantRequest,
  MuteRoomTrackRequest,
  MuteRoomTrackResponse,
  PerformRpcRequest,
  RemoveParticipantResponse,
  RoomParticipantIdentity,
  SendDataRequest,
  SendDataResponse,
  UpdateParticipantRequest,
  UpdateRoomMetadataRequest,
  UpdateSubscriptionsRequest,
  UpdateSubscriptionsResponse,
} from '@livekit/protocol';
import type { ControlPlane } from './control-plane.ts';
import type { Claims } from './grants.ts';
import { exceeded, type Participant } from './participant.ts';
import type { Room } from './room.ts';
import { call, type Service } from './twirp.ts';
import { denied, inner, invalidArgument, nobodyAnswers, TwirpError } from './twirp-error.ts';

/** `livekit.RoomService`, with the calls that the version has. */
export function roomService(plane: ControlPlane): Service {
  const { settings, behaviour } = plane;
  const { limit } = settings;

  const noRoom = () => inner('not_found', 'requested room does not exist');
  const noParticipant = () => inner('not_found', 'participant does not exist');
  const find = (room: string, identity: string) => plane.rooms.get(room)?.participants.get(identity);

  /** The participant, for calls that the server passes on to whoever hosts it: nobody, if it isn't there. */
  const hosted = (room: string, identity: string): Participant => {
    const participant = find(room, identity);
    if (!participant) throw nobodyAnswers();
    return participant;
  };
  const hostedRoom = (name: string): Room => {
    const room = plane.rooms.get(name);
    if (!room) throw nobodyAnswers();
    return room;
  };
  const checkMetadata = (metadata: string) => {
    if (limit.metadata > 0 && Buffer.byteLength(metadata) > limit.metadata)
      throw invalidArgument('metadata size exceeds limits', String(limit.metadata));
  };

  const calls: Record<string, Service[string]> = {
    CreateRoom: call(CreateRoomRequest, (request, claims) => {
      need(claims?.video?.roomCreate);
      if (limit.roomName > 0 && Buffer.byteLength(request.name) > limit.roomName) {
        const message = `room name length exceeds limits: max length ${limit.roomName}`;
        throw inner('invalid_argument', message);
      }
      if (behaviour.startEgress) checkMetadata(request.metadata);
      const room = plane.getOrCreate(request);
      if (request.egress?.room) throw nobodyAnswers();
      return room.info;
    }),
    ListRooms: call(ListRoomsRequest, ({ names }, claims) => {
      need(claims?.video?.roomList);
      const rooms = [...plane.rooms.values()].filter(
        ({ name }) => names.length === 0 || names.includes(name),
      );
      return new ListRoomsResponse({ rooms: rooms.map(({ info }) => info) });
    }),
    DeleteRoom: call(DeleteRoomRequest, (request, claims) => {
      need(claims?.video?.roomCreate);
      const room = plane.rooms.get(request.room);
      if (!room) throw noRoom();
      room.close(DisconnectReason.ROOM_DELETED);
      return new DeleteRoomResponse();
    }),
    ListParticipants: call(ListParticipantsRequest, ({ room }, claims) => {
      needAdmin(claims, room);
      const participants = [...(plane.rooms.get(room)?.participants.values() ?? [])];
      return new ListParticipantsResponse({ participants: participants.map(({ info }) => info) });
    }),
    GetParticipant: call(RoomParticipantIdentity, ({ room, identity }, claims) => {
      needAdmin(claims, room);
      const participant = find(room, identity);
      if (!participant) throw noParticipant();
      return participant.info;
    }),
    RemoveParticipant: call(RoomParticipantIdentity, ({ room, identity }, claims) => {
      needAdmin(claims, room);
      if (!find(room, identity)) {
        throw behaviour.removalMessage
          ? new TwirpError('not_found', behaviour.removalMessage)
          : noParticipant();
      }
      plane.rooms.get(room)?.remove(identity, DisconnectReason.PARTICIPANT_REMOVED);
      return new RemoveParticipantResponse();
    }),
    MutePublishedTrack: call(MuteRoomTrackRequest, ({ room, identity, trackSid, muted }, claims) => {
      needAdmin(claims, room);
      const participant = hosted(room, identity);
      if (!muted && !settings.room.enableRemoteUnmute)
        throw inner('failed_precondition', 'remote unmute not enabled');
      const track = participant.mute(trackSid, muted, true);
      return new MuteRoomTrackResponse(track ? { track } : {});
    }),
    UpdateParticipant: call(UpdateParticipantRequest, (request, claims) => {
      const over = exceeded(request, limit);
      if (over === 'name length') throw invalidArgument('name length exceeds limits', String(limit.name));
      checkMetadata(request.metadata);
      if (over) throw invalidArgument('attribute size exceeds limits', String(limit.attributes));
      needAdmin(claims, request.room);
      const participant = find(request.room, request.identity);
      if (!participant) throw behaviour.findsBeforeUpdate ? noParticipant() : nobodyAnswers();
      participant.update(request);
      if (request.permission) participant.permit(request.permission);
      return participant.info;
    }),
    UpdateSubscriptions: call(UpdateSubscriptionsRequest, ({ room, identity }, claims) => {
      needAdmin(claims, room);
      hosted(room, identity);
      return new UpdateSubscriptionsResponse();
    }),
    SendData: call(SendDataRequest, ({ room, nonce }, claims) => {
      needAdmin(claims, room);
      if (nonce.length !== 0 && nonce.length !== 16) {
        const message = `nonce should be 16-bytes or not present, got: ${nonce.length} bytes`;
        throw new TwirpError('invalid_argument', message);
      }
      hostedRoom(room);
      return new SendDataResponse();
    }),
    UpdateRoomMetadata: call(UpdateRoomMetadataRequest, ({ room: name, metadata }, claims) => {
      checkMetadata(metadata);
      needAdmin(claims, name);
      const room = plane.rooms.get(name);
      if (!room) throw noRoom();
      room.setMetadata(metadata);
      return room.info;
    }),
  };
  if (behaviour.movesParticipants) {
    // LiveKit's open-source server has the routes and checks the grants, and then can't do it either.
    const move = (
      request: ForwardParticipantRequest | MoveParticipantRequest,
      claims: Claims | undefined,
    ) => {
      const { room, identity, destinationRoom } = request;
      needAdmin(claims, room);
      need(destinationRoom === (claims?.video?.destinationRoom ?? ''));
      if (room === destinationRoom)
        throw invalidArgument('destination room cannot be the same as source room', '');
      hosted(room, identity);
      throw inner('unknown', 'not implemented');
    };
    calls['ForwardParticipant'] = call(ForwardParticipantRequest, move);
    calls['MoveParticipant'] = call(MoveParticipantRequest, move);
  }
  if (behaviour.performsRpc) {
    calls['PerformRpc'] = call(PerformRpcRequest, ({ room, destinationIdentity }, claims) => {
      needAdmin(claims, room);
      if (destinationIdentity === '') throw inner('invalid_argument', 'destination identity is required');
      hosted(room, destinationIdentity);
      // An RPC travels over a data channel, which nobody has here.
      throw nobodyAnswers();
    });
  }
  return calls;
}

function need(granted: boolean | undefined): void {
  if (granted !== true) throw denied();
}

function needAdmin(claims: Claims | undefined, room: string): void {
  need(claims?.video?.roomAdmin === true && room === (claims.video.room ?? ''));
}
