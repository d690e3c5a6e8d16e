import {
  DisconnectReason,
  ParticipantInfo_State,
  TrackInfo,
  TrackSource,
  TrackType,
} from '@livekit/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atLeast } from '../../src/livekit/versions.ts';
import { until } from '../helpers/poll.ts';
import { JoinRefused, SignalClient } from '../helpers/signal-client.ts';
import { expectedFor, httpCases } from './http-cases.ts';
import {
  adminToken,
  callTwirp,
  freshRoom,
  joinToken,
  type StartSubject,
  type Subject,
  send,
} from './subject.ts';
import { receiveWebhooks } from './webhook-receiver.ts';

/** What a LiveKit control plane does, whoever plays it. Written from real servers: where an emulator differs, it is wrong. */
export function describeContract(title: string, version: string, start: StartSubject): void {
  describe(`${title} ${version}`, () => {
    let subject: Subject;
    beforeAll(async () => {
      subject = await start();
    });
    afterAll(() => subject?.close());

    for (const [group, cases] of Object.entries(httpCases)) {
      describe(group, () => {
        for (const one of cases) {
          it.concurrent(one.name, async ({ expect }) => {
            const expected = expectedFor(one, version);
            const reply = await send(`${subject.url}${one.path}`, one.init);
            expect.soft(reply.status).toBe(expected.status);
            if (expected.type !== undefined) expect.soft(reply.type).toBe(expected.type);
            if (typeof expected.body === 'string') expect(reply.body).toBe(expected.body);
            else if (expected.body instanceof RegExp) expect(reply.body).toMatch(expected.body);
            else if (expected.body) expect(JSON.parse(reply.body)).toMatchObject(matching(expected.body));
          });
        }
      });
    }

    describe('rooms', () => {
      it('are made once, listed by name, and deleted', async () => {
        const room = freshRoom();
        const admin = adminToken(room);
        const settings = { emptyTimeout: 60, departureTimeout: 5, maxParticipants: 2, metadata: 'm' };
        const made = await callTwirp(subject, 'RoomService/CreateRoom', admin, { name: room, ...settings });
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
        const again = await callTwirp(subject, 'RoomService/CreateRoom', admin, {
          name: room,
          metadata: 'x',
        });
        expect(again).toMatchObject({ sid: made['sid'], metadata: 'm' });
        const listed = await callTwirp(subject, 'RoomService/ListRooms', admin, { names: [room, 'none'] });
        expect(listed['rooms']).toMatchObject([{ sid: made['sid'], enabled_codecs: made['enabled_codecs'] }]);
        expect(await callTwirp(subject, 'RoomService/DeleteRoom', admin, { room })).toEqual({ status: 200 });
        expect(await callTwirp(subject, 'RoomService/ListRooms', admin, { names: [room] })).toEqual({
          status: 200,
          rooms: [],
        });
      });

      it('tell those in them of new metadata', async () => {
        const room = freshRoom();
        const ana = await SignalClient.join(subject.url, joinToken(room, 'ana'));
        const body = { room, metadata: 'new' };
        const answer = await callTwirp(subject, 'RoomService/UpdateRoomMetadata', adminToken(room), body);
        expect(answer).toMatchObject({ status: 200, name: room, metadata: 'new' });
        const update = await ana.wait('roomUpdate', (value) => value.room?.metadata === 'new');
        expect(update.room?.sid).toBe(ana.join.room?.sid);
        await ana.leave();
      });

      it('take no more than max_participants, but a newcomer of the same name', async () => {
        const room = freshRoom();
        await callTwirp(subject, 'RoomService/CreateRoom', adminToken(room), {
          name: room,
          maxParticipants: 1,
        });
        const ana = await SignalClient.join(subject.url, joinToken(room, 'ana'));
        const refused = await SignalClient.join(subject.url, joinToken(room, 'ben')).catch((error) => error);
        expect(refused).toBeInstanceOf(JoinRefused);
        expect(refused).toMatchObject({ status: 500, body: 'connection closed by media' });
        const again = await SignalClient.join(subject.url, joinToken(room, 'ana'));
        expect(await ana.closed).toBe(1000);
        await again.leave();
      });

      it('carry the settings of the token that made them', async () => {
        const room = freshRoom();
        const roomConfig = {
          emptyTimeout: 33,
          departureTimeout: 7,
          maxParticipants: 3,
          metadata: 'from the token',
        };
        const ana = await SignalClient.join(subject.url, joinToken(room, 'ana', {}, { roomConfig }));
        expect(ana.join.room).toMatchObject(roomConfig);
        await ana.leave();
      });
    });

    describe('signalling', () => {
      it('begins with a JoinResponse that says who, where and what version', async () => {
        const room = freshRoom();
        const more = { name: 'Ana', metadata: 'm', attributes: { a: 'b' }, kind: 'agent' };
        const ana = await SignalClient.join(subject.url, joinToken(room, 'ana', { canPublish: false }, more));
        const { join } = ana;
        expect(join).toMatchObject({ serverVersion: version, pingInterval: 5, pingTimeout: 15 });
        expect(join.serverInfo).toMatchObject({ version, nodeId: expect.stringMatching(/^ND_/) });
        expect(join.serverInfo?.protocol).toBe(atLeast(version, '1.10.0') ? 17 : 16);
        expect(join.room).toMatchObject({ name: room, emptyTimeout: 300, departureTimeout: 20 });
        expect(join.room?.sid).toMatch(/^RM_\w{12}$/);
        expect(join.participant).toMatchObject({
          identity: 'ana',
          name: 'Ana',
          metadata: 'm',
          attributes: { a: 'b' },
          state: ParticipantInfo_State.JOINING,
          isPublisher: false,
        });
        expect(join.participant?.permission).toMatchObject({
          canPublish: false,
          canPublishData: false,
          canSubscribe: true,
          canUpdateMetadata: false,
        });
        expect(join.otherParticipants).toEqual([]);
        expect(join.iceServers[0]?.urls.length).toBeGreaterThan(0);
        expect(join.subscriberPrimary).toBe(true);
        const refreshed = await ana.wait('refreshToken');
        const reply = await send(`${subject.url}/rtc/validate?access_token=${refreshed}`);
        expect(reply.body).toBe('success');
        await ana.leave();
      });

      it('refuses what validate refuses, in the same words', async () => {
        const join = (bearer: string) => SignalClient.join(subject.url, bearer).catch((error) => error);
        expect(await join('')).toMatchObject({ status: 401, body: 'no permissions to access the room' });
        expect(await join('x')).toMatchObject({ status: 401, body: 'invalid authorization token' });
        expect(await join(joinToken('room', ''))).toMatchObject({
          status: 400,
          body: 'identity cannot be empty',
        });
      });

      it('answers pings', async () => {
        const ana = await SignalClient.join(subject.url, joinToken(freshRoom(), 'ana'));
        ana.send({ case: 'ping', value: 5n });
        expect(Number(await ana.wait('pong'))).toBeGreaterThan(1_600_000_000_000);
        ana.send({ case: 'pingReq', value: { timestamp: 7n, rtt: 1n } as never });
        expect((await ana.wait('pongResp')).lastPingTimestamp).toBe(7n);
        await ana.leave();
      });

      it('answers JSON in JSON', async () => {
        const ana = await SignalClient.join(subject.url, joinToken(freshRoom(), 'ana'), { json: true });
        expect((await ana.publish()).sid).toMatch(/^TR_AM\w+$/);
        await ana.leave();
      });

      it('takes a join request at /rtc/v1 where the version has it', async () => {
        const room = freshRoom();
        const joinRequest = {
          clientInfo: { sdk: 1, version: '2.15.0', protocol: 16 },
          connectionSettings: { autoSubscribe: true },
          participantAttributes: { from: 'the request' },
          addTrackRequests: [{ cid: 'c', name: 'cam', type: TrackType.VIDEO, source: TrackSource.CAMERA }],
        };
        const bearer = joinToken(room, 'ana', { canUpdateOwnMetadata: true });
        const joined = SignalClient.join(subject.url, bearer, { joinRequest: joinRequest as never });
        if (!atLeast(version, '1.9.1')) {
          await expect(joined).rejects.toMatchObject({ status: 404, body: '404 page not found\n' });
          return;
        }
        const ana = await joined;
        expect(ana.join.participant?.attributes).toEqual({ from: 'the request' });
        const { track } = await ana.wait('trackPublished', ({ cid }) => cid === 'c');
        expect(track?.sid).toMatch(/^TR_VC\w+$/);
        await ana.leave();
      });

      it('names a track when it is announced', async () => {
        const ana = await SignalClient.join(subject.url, joinToken(freshRoom(), 'ana'));
        const track = await ana.publish({ name: 'mic', muted: true });
        expect(track).toBeInstanceOf(TrackInfo);
        expect(track).toMatchObject({ name: 'mic', muted: true, type: TrackType.AUDIO, stream: 'camera' });
        const screen = { type: TrackType.VIDEO, source: TrackSource.SCREEN_SHARE, width: 4, height: 3 };
        expect(await ana.publish(screen)).toMatchObject({
          sid: expect.stringMatching(/^TR_VS\w{12}$/),
          stream: 'screen',
          width: 4,
          height: 3,
        });
        await ana.leave();
      });

      it('refuses a track that the grants do not cover', async () => {
        const video = { canPublishSources: ['camera'] };
        const ana = await SignalClient.join(subject.url, joinToken(freshRoom(), 'ana', video));
        ana.send({
          case: 'addTrack',
          value: { cid: 'c', type: TrackType.AUDIO, source: TrackSource.MICROPHONE } as never,
        });
        ana.send({ case: 'ping', value: 1n });
        await ana.wait('pong');
        const camera = await ana.publish({ type: TrackType.VIDEO, source: TrackSource.CAMERA });
        expect(camera.sid).toMatch(/^TR_VC/);
        const published = ana.received.filter((message) => message.case === 'trackPublished');
        expect(published).toHaveLength(1);
        if (atLeast(version, '1.9.2')) {
          const { request } = await ana.wait('requestResponse');
          expect(request).toMatchObject({ case: 'addTrack', value: { cid: 'c' } });
        }
        await ana.leave();
      });

      it('lets those change their metadata who may', async () => {
        const room = freshRoom();
        const ana = await SignalClient.join(
          subject.url,
          joinToken(room, 'ana', { canUpdateOwnMetadata: true }),
        );
        const ben = await SignalClient.join(subject.url, joinToken(room, 'ben'));
        const update = { name: 'N', metadata: 'own', attributes: { a: 'b' }, requestId: 7 };
        ben.send({ case: 'updateMetadata', value: update as never });
        expect(await ben.wait('requestResponse')).toMatchObject({
          requestId: 7,
          message: 'does not have permission to update own metadata',
        });
        ana.send({ case: 'updateMetadata', value: update as never });
        for (const client of [ana, ben]) {
          const seen = await client.wait('update', ({ participants }) =>
            participants.some(({ identity, attributes }) => identity === 'ana' && attributes['a'] === 'b'),
          );
          expect(seen.participants[0]).toMatchObject({ name: 'N', metadata: 'own' });
        }
        await Promise.all([ana.leave(), ben.leave()]);
      });

      it('tells a newcomer who is there, except the hidden', async () => {
        const room = freshRoom();
        const ana = await SignalClient.join(subject.url, joinToken(room, 'ana'));
        const spy = await SignalClient.join(subject.url, joinToken(room, 'spy', { hidden: true }));
        const ben = await SignalClient.join(subject.url, joinToken(room, 'ben'));
        expect(ben.join.otherParticipants.map(({ identity }) => identity)).toEqual(['ana']);
        expect(spy.join.otherParticipants.map(({ identity }) => identity)).toEqual(['ana']);
        await Promise.all([ana.leave(), spy.leave(), ben.leave()]);
      });

      it('ends with a LeaveRequest after a leave, and nobody is there any more', async () => {
        const room = freshRoom();
        const ana = await SignalClient.join(subject.url, joinToken(room, 'ana'));
        await ana.leave();
        expect((await ana.wait('leave')).reason).toBe(DisconnectReason.CLIENT_INITIATED);
        expect(await ana.closed).toBe(1000);
        const list = await callTwirp(subject, 'RoomService/ListParticipants', adminToken(room), { room });
        expect(list).toEqual({ status: 200, participants: [] });
      });

      it('a dropped connection leaves too', async () => {
        const room = freshRoom();
        const ana = await SignalClient.join(subject.url, joinToken(room, 'ana'));
        ana.drop();
        await until('nobody there', async () => {
          const answer = await callTwirp(subject, 'RoomService/ListParticipants', adminToken(room), { room });
          return (answer['participants'] as unknown[]).length === 0;
        });
      });

      it('puts out whoever had the same identity', async () => {
        const room = freshRoom();
        const first = await SignalClient.join(subject.url, joinToken(room, 'ana'));
        const second = await SignalClient.join(subject.url, joinToken(room, 'ana'));
        expect((await first.wait('leave')).reason).toBe(DisconnectReason.DUPLICATE_IDENTITY);
        expect(await first.closed).toBe(1000);
        expect(second.sid).not.toBe(first.sid);
        await second.leave();
      });

      it('tells a client that reconnects to nothing to begin anew', async () => {
        const query = { reconnect: '1', sid: 'PA_none' };
        const ana = await SignalClient.join(subject.url, joinToken(freshRoom(), 'ana'), { query });
        const leave = await ana.wait('leave');
        expect(leave).toMatchObject({ reason: DisconnectReason.STATE_MISMATCH, action: 2 });
      });

      it('goes on over a second connection when the client reconnects', async () => {
        const room = freshRoom();
        const ana = await SignalClient.join(subject.url, joinToken(room, 'ana'));
        const query = { reconnect: '1', sid: ana.sid };
        const again = await SignalClient.join(subject.url, joinToken(room, 'ana'), { query });
        await again.wait('reconnect');
        const admin = adminToken(room);
        const list = await callTwirp(subject, 'RoomService/ListParticipants', admin, { room });
        expect(list['participants']).toMatchObject([{ sid: ana.sid }]);
        await again.leave();
      });
    });

    describe('control', () => {
      it('kicks: a LeaveRequest says so, and the participant is gone', async () => {
        const room = freshRoom();
        const ana = await SignalClient.join(subject.url, joinToken(room, 'ana'));
        const body = { room, identity: 'ana' };
        expect(await callTwirp(subject, 'RoomService/RemoveParticipant', adminToken(room), body)).toEqual({
          status: 200,
        });
        expect(await ana.wait('leave')).toMatchObject({
          reason: DisconnectReason.PARTICIPANT_REMOVED,
          action: 0,
        });
        expect(await ana.closed).toBe(1000);
        const answer = await callTwirp(subject, 'RoomService/GetParticipant', adminToken(room), body);
        expect(answer).toMatchObject({ status: 404, code: 'not_found' });
      });

      it('deletes a room and puts out everyone in it', async () => {
        const room = freshRoom();
        const ana = await SignalClient.join(subject.url, joinToken(room, 'ana'));
        await callTwirp(subject, 'RoomService/DeleteRoom', adminToken(room), { room });
        expect((await ana.wait('leave')).reason).toBe(DisconnectReason.ROOM_DELETED);
        expect(await ana.closed).toBe(1000);
      });

      it('mutes a track and tells its owner; unmuting wants leave', async () => {
        const room = freshRoom();
        const admin = adminToken(room);
        const ana = await SignalClient.join(subject.url, joinToken(room, 'ana'));
        const { sid } = await ana.publish();
        const body = { room, identity: 'ana', trackSid: sid };
        const muted = await callTwirp(subject, 'RoomService/MutePublishedTrack', admin, {
          ...body,
          muted: true,
        });
        expect(muted).toMatchObject({
          status: 200,
          track: { sid, muted: true, name: 'mic', source: 'MICROPHONE' },
        });
        expect(await ana.wait('mute')).toMatchObject({ sid, muted: true });
        expect(await callTwirp(subject, 'RoomService/MutePublishedTrack', admin, body)).toEqual({
          status: 412,
          code: 'failed_precondition',
          msg: 'twirp error unknown: remote unmute not enabled',
        });
        const other = { ...body, trackSid: 'TR_none', muted: true };
        expect(await callTwirp(subject, 'RoomService/MutePublishedTrack', admin, other)).toEqual({
          status: 200,
          track: null,
        });
        await ana.leave();
      });

      it('changes name, metadata, attributes and permission, and everybody hears of it', async () => {
        const room = freshRoom();
        const admin = adminToken(room);
        const ana = await SignalClient.join(
          subject.url,
          joinToken(room, 'ana', {}, { attributes: { a: '1', b: '2' } }),
        );
        const ben = await SignalClient.join(subject.url, joinToken(room, 'ben'));
        const who = { room, identity: 'ana' };
        const change = { name: 'N', metadata: 'm', attributes: { a: '', c: '3' } };
        const changed = await callTwirp(subject, 'RoomService/UpdateParticipant', admin, {
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
        const permitted = await callTwirp(subject, 'RoomService/UpdateParticipant', admin, {
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
        expect(await callTwirp(subject, 'RoomService/GetParticipant', admin, who)).toMatchObject({
          sid: ana.sid,
          name: 'N',
          metadata: 'm',
        });
        await Promise.all([ana.leave(), ben.leave()]);
      });

      it('takes data and subscriptions for those who are there, and moves nobody', async () => {
        const room = freshRoom();
        const ana = await SignalClient.join(subject.url, joinToken(room, 'ana'));
        const admin = adminToken(room, { destinationRoom: 'elsewhere' });
        const call = (method: string, body: object) =>
          callTwirp(subject, `RoomService/${method}`, admin, { room, ...body });
        expect(await call('SendData', { data: 'aGk=' })).toEqual({ status: 200 });
        const subscriptions = { identity: 'ana', trackSids: ['TR_none'], subscribe: true };
        expect(await call('UpdateSubscriptions', subscriptions)).toEqual({ status: 200 });
        const move = { identity: 'ana', destinationRoom: 'elsewhere' };
        expect(await call('MoveParticipant', move)).toMatchObject({
          status: 500,
          msg: 'twirp error unknown: not implemented',
        });
        await ana.leave();
      });
    });

    describeWebhooks(start);
    describeRoomSettings(version, start);
  });
}

function describeWebhooks(start: StartSubject): void {
  describe('webhooks', () => {
    it('tell of a room from its start to its end, in order, signed', async () => {
      const receiver = await receiveWebhooks();
      const subject = await start({ webhookUrl: receiver.url, room: { departure_timeout: 1 } });
      try {
        const room = freshRoom();
        const admin = adminToken(room);
        const rita = await subject.enter(joinToken(room, 'rita', {}, { name: 'Rita', metadata: 'm' }));
        const sid = await rita.publish();
        await until('track_published', () => receiver.about(room).includes('track_published'));
        const list = await callTwirp(subject, 'RoomService/ListParticipants', admin, { room });
        expect(list['participants']).toMatchObject([
          { identity: 'rita', state: 'ACTIVE', is_publisher: true, tracks: [{ sid, muted: false }] },
        ]);
        await callTwirp(subject, 'RoomService/RemoveParticipant', admin, { room, identity: 'rita' });
        expect(await rita.gone).toBe(DisconnectReason.PARTICIPANT_REMOVED);
        const ben = await subject.enter(joinToken(room, 'ben'));
        await ben.leave();
        await until('room_finished', () => receiver.about(room).includes('room_finished'));

        expect(receiver.refusals).toEqual([]);
        expect(receiver.about(room)).toEqual([
          ...['room_started', 'participant_joined', 'track_published'],
          ...['track_unpublished', 'participant_left'],
          ...['participant_joined', 'participant_left', 'room_finished'],
        ]);
        for (const { contentType, authorization, json } of receiver.deliveries) {
          expect(contentType).toBe('application/webhook+json');
          expect(authorization).toMatch(/^eyJ/);
          expect(json).toMatchObject({
            id: expect.stringMatching(/^EV_\w{12}$/),
            createdAt: expect.stringMatching(/^\d{10}$/),
          });
        }
        const [started, joined, published, unpublished, left] = receiver.deliveries.map(({ json }) => json);
        expect(started).toMatchObject({
          room: { name: room, emptyTimeout: 300, departureTimeout: 1, turnPassword: expect.any(String) },
        });
        expect(joined).toMatchObject({
          room: { name: room, creationTime: expect.stringMatching(/^\d{10}$/) },
          participant: { identity: 'rita', name: 'Rita', metadata: 'm', state: 'ACTIVE' },
        });
        const { participant } = joined as { participant: { sid: string } };
        const minimal = { room: { sid: expect.any(String), name: room } };
        const person = { participant: { sid: participant.sid, identity: 'rita' } };
        expect(published).toMatchObject({ ...minimal, ...person, track: { sid, source: 'MICROPHONE' } });
        expect(Object.keys((published as { room: object }).room).sort()).toEqual(['name', 'sid']);
        expect(unpublished).toMatchObject({ ...minimal, ...person, track: { sid } });
        expect(left).toMatchObject({
          participant: {
            sid: participant.sid,
            state: 'DISCONNECTED',
            disconnectReason: 'PARTICIPANT_REMOVED',
          },
        });
      } finally {
        await Promise.all([subject.close(), receiver.close()]);
      }
    }, 30_000);

    it('come again after a 503, and not after a 404', async () => {
      const receiver = await receiveWebhooks((attempt) => [503, 404][attempt - 1] ?? 200);
      const subject = await start({ webhookUrl: receiver.url });
      try {
        const [first, second] = [freshRoom(), freshRoom()];
        await callTwirp(subject, 'RoomService/CreateRoom', adminToken(first), { name: first });
        await until('a second try', () => receiver.attempts() === 2);
        await callTwirp(subject, 'RoomService/CreateRoom', adminToken(second), { name: second });
        await until('the other event', () => receiver.about(second).length === 1);
        expect(receiver.about(first)).toEqual([]);
        expect(receiver.attempts()).toBe(3);
      } finally {
        await Promise.all([subject.close(), receiver.close()]);
      }
    }, 30_000);
  });
}

function describeRoomSettings(version: string, start: StartSubject): void {
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

/** Patterns among the values of a JSON document, as matchers. */
function matching(document: object): object {
  return Object.fromEntries(
    Object.entries(document).map(([key, value]) => [
      key,
      value instanceof RegExp ? expect.stringMatching(value) : value,
    ]),
  );
}
