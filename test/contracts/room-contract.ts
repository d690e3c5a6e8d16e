import { DisconnectReason } from '@livekit/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atLeast } from '../../src/livekit/versions.ts';
import { JoinRefused, SignalClient } from '../helpers/signal-client.ts';
import {
  adminToken,
  callTwirp,
  freshRoom,
  joinToken,
  type StartSubject,
  type Subject,
  send,
} from './subject.ts';

/** Rooms: made, changed, filled and ended. */
export function describeRooms(subject: () => Subject): void {
  describe('rooms', () => {
    it('are made once, listed by name, and deleted', async () => {
      const room = freshRoom();
      const admin = adminToken(room);
      const settings = { emptyTimeout: 60, departureTimeout: 5, maxParticipants: 2, metadata: 'm' };
      const made = await callTwirp(subject(), 'RoomService/CreateRoom', admin, { name: room, ...settings });
      expect(made).toMatchObject({
        status: 200,
        sid: expect.stringMatching(/^RM_\w{12}$/),
        name: room,
        empty_timeout: 60,
        departure_timeout: 5,
        max_participants: 2,
        metadata: 'm',
        creation_time: expect.stringMatching(/^\d{10}$/),
        turn_password: expect.stringMatching(/^\w{30,}$/),
        num_participants: 0,
        active_recording: false,
        version: null,
      });
      const again = await callTwirp(subject(), 'RoomService/CreateRoom', admin, {
        name: room,
        metadata: 'x',
      });
      expect(again).toMatchObject({ sid: made['sid'], metadata: 'm' });
      const listed = await callTwirp(subject(), 'RoomService/ListRooms', admin, { names: [room, 'none'] });
      expect(listed['rooms']).toMatchObject([{ sid: made['sid'], enabled_codecs: made['enabled_codecs'] }]);
      expect(await callTwirp(subject(), 'RoomService/DeleteRoom', admin, { room })).toEqual({ status: 200 });
      expect(await callTwirp(subject(), 'RoomService/ListRooms', admin, { names: [room] })).toEqual({
        status: 200,
        rooms: [],
      });
    });

    it('tell those in them of new metadata', async () => {
      const room = freshRoom();
      const ana = await SignalClient.join(subject().url, joinToken(room, 'ana'));
      const body = { room, metadata: 'new' };
      const answer = await callTwirp(subject(), 'RoomService/UpdateRoomMetadata', adminToken(room), body);
      expect(answer).toMatchObject({ status: 200, name: room, metadata: 'new' });
      const update = await ana.wait('roomUpdate', (value) => value.room?.metadata === 'new');
      expect(update.room?.sid).toBe(ana.join.room?.sid);
      await ana.leave();
    });

    it('take no more than max_participants, but a newcomer of the same name', async () => {
      const room = freshRoom();
      await callTwirp(subject(), 'RoomService/CreateRoom', adminToken(room), {
        name: room,
        maxParticipants: 1,
      });
      const ana = await SignalClient.join(subject().url, joinToken(room, 'ana'));
      const refused = await SignalClient.join(subject().url, joinToken(room, 'ben')).catch((error) => error);
      expect(refused).toBeInstanceOf(JoinRefused);
      expect(refused).toMatchObject({ status: 500, body: 'connection closed by media' });
      const again = await SignalClient.join(subject().url, joinToken(room, 'ana'));
      expect(await ana.closed).toBe(1000);
      await again.leave();
    });

    it('carry the settings of the token that made them', async () => {
      const room = freshRoom();
      const roomConfig = { emptyTimeout: 33, departureTimeout: 7, maxParticipants: 3 };
      const ana = await SignalClient.join(subject().url, joinToken(room, 'ana', {}, { roomConfig }));
      expect(ana.join.room).toMatchObject(roomConfig);
      await ana.leave();
    });
  });
}

/** What the API does to those who are there. */
export function describeControl(version: string, subject: () => Subject): void {
  describe('control', () => {
    it('kicks: a LeaveRequest says so, and the participant is gone', async () => {
      const room = freshRoom();
      const ana = await SignalClient.join(subject().url, joinToken(room, 'ana'));
      const body = { room, identity: 'ana' };
      expect(await callTwirp(subject(), 'RoomService/RemoveParticipant', adminToken(room), body)).toEqual({
        status: 200,
      });
      expect(await ana.wait('leave')).toMatchObject({
        reason: DisconnectReason.PARTICIPANT_REMOVED,
        action: 0,
      });
      expect(await ana.closed).toBe(1000);
      const answer = await callTwirp(subject(), 'RoomService/GetParticipant', adminToken(room), body);
      expect(answer).toMatchObject({ status: 404, code: 'not_found' });
    });

    it('deletes a room and puts out everyone in it', async () => {
      const room = freshRoom();
      const ana = await SignalClient.join(subject().url, joinToken(room, 'ana'));
      await callTwirp(subject(), 'RoomService/DeleteRoom', adminToken(room), { room });
      expect((await ana.wait('leave')).reason).toBe(DisconnectReason.ROOM_DELETED);
      expect(await ana.closed).toBe(1000);
    });

    it('mutes a track and tells its owner; unmuting wants leave', async () => {
      const room = freshRoom();
      const admin = adminToken(room);
      const ana = await SignalClient.join(subject().url, joinToken(room, 'ana'));
      const { sid } = await ana.publish();
      const body = { room, identity: 'ana', trackSid: sid };
      const muted = await callTwirp(subject(), 'RoomService/MutePublishedTrack', admin, {
        ...body,
        muted: true,
      });
      expect(muted).toMatchObject({
        status: 200,
        track: { sid, muted: true, name: 'mic', source: 'MICROPHONE' },
      });
      expect(await ana.wait('mute')).toMatchObject({ sid, muted: true });
      expect(await callTwirp(subject(), 'RoomService/MutePublishedTrack', admin, body)).toEqual({
        status: 412,
        code: 'failed_precondition',
        msg: 'twirp error unknown: remote unmute not enabled',
      });
      const other = { ...body, trackSid: 'TR_none', muted: true };
      expect(await callTwirp(subject(), 'RoomService/MutePublishedTrack', admin, other)).toEqual({
        status: 200,
        track: null,
      });
      await ana.leave();
    });

    it('changes name, metadata, attributes and permission, and everybody hears of it', async () => {
      const room = freshRoom();
      const admin = adminToken(room);
      const ana = await SignalClient.join(
        subject().url,
        joinToken(room, 'ana', {}, { attributes: { a: '1', b: '2' } }),
      );
      const ben = await SignalClient.join(subject().url, joinToken(room, 'ben'));
      const who = { room, identity: 'ana' };
      const change = { name: 'N', metadata: 'm', attributes: { a: '', c: '3' } };
      const changed = await callTwirp(subject(), 'RoomService/UpdateParticipant', admin, {
        ...who,
        ...change,
      });
      expect(changed).toMatchObject({
        status: 200,
        name: 'N',
        metadata: 'm',
        attributes: { b: '2', c: '3' },
      });
      expect(changed['attributes']).not.toHaveProperty('a');
      const permission = { canSubscribe: true, canPublishSources: ['CAMERA'], canPublish: true };
      const permitted = await callTwirp(subject(), 'RoomService/UpdateParticipant', admin, {
        ...who,
        permission,
      });
      expect(permitted['permission']).toMatchObject({
        can_subscribe: true,
        can_publish: true,
        can_publish_data: false,
        can_publish_sources: ['CAMERA'],
        can_update_metadata: false,
      });
      for (const client of [ana, ben]) {
        await client.wait('update', ({ participants }) =>
          participants.some(
            (one) =>
              one.identity === 'ana' && one.name === 'N' && one.permission?.canPublishSources.length === 1,
          ),
        );
      }
      expect(await callTwirp(subject(), 'RoomService/GetParticipant', admin, who)).toMatchObject({
        sid: ana.sid,
        name: 'N',
        metadata: 'm',
      });
      await Promise.all([ana.leave(), ben.leave()]);
    });

    it('takes data and subscriptions for those who are there, and moves nobody', async () => {
      const room = freshRoom();
      const ana = await SignalClient.join(subject().url, joinToken(room, 'ana'));
      const admin = adminToken(room, { destinationRoom: 'elsewhere' });
      const call = (method: string, body: object) =>
        callTwirp(subject(), `RoomService/${method}`, admin, { room, ...body });
      expect(await call('SendData', { data: 'aGk=' })).toEqual({ status: 200 });
      const subscriptions = { identity: 'ana', trackSids: ['TR_none'], subscribe: true };
      expect(await call('UpdateSubscriptions', subscriptions)).toEqual({ status: 200 });
      const move = { identity: 'ana', destinationRoom: 'elsewhere' };
      expect(await call('MoveParticipant', move)).toMatchObject(
        atLeast(version, '1.9.0')
          ? { status: 500, msg: 'twirp error unknown: not implemented' }
          : { status: 404, code: 'bad_route' },
      );
      await ana.leave();
    });
  });
}

/** What the configuration changes about rooms. */
export function describeRoomSettings(version: string, start: StartSubject): void {
  describe('with auto_create off and remote unmute on', () => {
    let subject: Subject;
    beforeAll(async () => {
      subject = await start({ room: { auto_create: false, enable_remote_unmute: true } });
    });
    afterAll(() => subject?.close());

    it('joining makes no room', async () => {
      const room = freshRoom();
      const bearer = joinToken(room, 'ana');
      expect(await send(`${subject.url}/rtc/validate?access_token=${bearer}`)).toMatchObject({
        status: 404,
        body: 'requested room does not exist',
      });
      await expect(SignalClient.join(subject.url, bearer)).rejects.toMatchObject({ status: 404 });
      await callTwirp(subject, 'RoomService/CreateRoom', adminToken(room), { name: room });
      const ana = await SignalClient.join(subject.url, bearer);
      await ana.leave();
    });

    it('unless the token may create rooms, since 1.12', async () => {
      const bearer = joinToken(freshRoom(), 'ana', { roomCreate: true });
      const { status } = await send(`${subject.url}/rtc/validate?access_token=${bearer}`);
      expect(status).toBe(atLeast(version, '1.12.0') ? 200 : 404);
    });

    it('a muted track can be unmuted', async () => {
      const room = freshRoom();
      const admin = adminToken(room);
      await callTwirp(subject, 'RoomService/CreateRoom', admin, { name: room });
      const ana = await SignalClient.join(subject.url, joinToken(room, 'ana'));
      const { sid } = await ana.publish({ muted: true });
      const body = { room, identity: 'ana', trackSid: sid, muted: false };
      const answer = await callTwirp(subject, 'RoomService/MutePublishedTrack', admin, body);
      expect(answer).toMatchObject({ status: 200, track: { sid, muted: false } });
      expect(await ana.wait('mute')).toMatchObject({ sid, muted: false });
      await ana.leave();
    });
  });
}
