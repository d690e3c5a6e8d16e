import {
  DisconnectReason,
  ParticipantInfo_State,
  TrackInfo,
  TrackSource,
  TrackType,
} from '@livekit/protocol';
import { describe, expect, it } from 'vitest';
import { atLeast } from '../../src/livekit/versions.ts';
import { until } from '../helpers/poll.ts';
import { SignalClient } from '../helpers/signal-client.ts';
import { adminToken, callTwirp, freshRoom, joinToken, type Subject, send } from './subject.ts';

/** What a client and the server say to each other. */
export function describeSignalling(version: string, subject: () => Subject): void {
  describe('signalling', () => {
    it('begins with a JoinResponse that says who, where and what version', async () => {
      const room = freshRoom();
      const more = { name: 'Ana', metadata: 'm', attributes: { a: 'b' }, kind: 'agent' };
      const ana = await SignalClient.join(subject().url, joinToken(room, 'ana', { canPublish: false }, more));
      const { join } = ana;
      expect(join).toMatchObject({ serverVersion: version, pingInterval: 5, pingTimeout: 15 });
      expect(join.serverInfo).toMatchObject({ version, nodeId: expect.stringMatching(/^ND_/) });
      expect(join.serverInfo?.protocol).toBe(
        atLeast(version, '1.10.0') ? 17 : atLeast(version, '1.9.0') ? 16 : 15,
      );
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
      const reply = await send(`${subject().url}/rtc/validate?access_token=${refreshed}`);
      expect(reply.body).toBe('success');
      await ana.leave();
    });

    it('refuses what validate refuses, in the same words', async () => {
      const join = (bearer: string) => SignalClient.join(subject().url, bearer).catch((error) => error);
      expect(await join('')).toMatchObject({ status: 401, body: 'no permissions to access the room' });
      expect(await join('x')).toMatchObject({ status: 401, body: 'invalid authorization token' });
      expect(await join(joinToken('room', ''))).toMatchObject({
        status: 400,
        body: 'identity cannot be empty',
      });
    });

    it('answers pings', async () => {
      const ana = await SignalClient.join(subject().url, joinToken(freshRoom(), 'ana'));
      ana.send({ case: 'ping', value: 5n });
      expect(Number(await ana.wait('pong'))).toBeGreaterThan(1_600_000_000_000);
      ana.send({ case: 'pingReq', value: { timestamp: 7n, rtt: 1n } as never });
      expect((await ana.wait('pongResp')).lastPingTimestamp).toBe(7n);
      await ana.leave();
    });

    it('answers JSON in JSON', async () => {
      const ana = await SignalClient.join(subject().url, joinToken(freshRoom(), 'ana'), { json: true });
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
      const joined = SignalClient.join(subject().url, bearer, { joinRequest: joinRequest as never });
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
      const ana = await SignalClient.join(subject().url, joinToken(freshRoom(), 'ana'));
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
      const ana = await SignalClient.join(subject().url, joinToken(freshRoom(), 'ana', video));
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
        subject().url,
        joinToken(room, 'ana', { canUpdateOwnMetadata: true }),
      );
      const ben = await SignalClient.join(subject().url, joinToken(room, 'ben'));
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
      const ana = await SignalClient.join(subject().url, joinToken(room, 'ana'));
      const spy = await SignalClient.join(subject().url, joinToken(room, 'spy', { hidden: true }));
      const ben = await SignalClient.join(subject().url, joinToken(room, 'ben'));
      expect(ben.join.otherParticipants.map(({ identity }) => identity)).toEqual(['ana']);
      expect(spy.join.otherParticipants.map(({ identity }) => identity)).toEqual(['ana']);
      await Promise.all([ana.leave(), spy.leave(), ben.leave()]);
    });

    it('ends with a LeaveRequest after a leave, and nobody is there any more', async () => {
      const room = freshRoom();
      const ana = await SignalClient.join(subject().url, joinToken(room, 'ana'));
      await ana.leave();
      expect((await ana.wait('leave')).reason).toBe(DisconnectReason.CLIENT_INITIATED);
      expect(await ana.closed).toBe(1000);
      const list = await callTwirp(subject(), 'RoomService/ListParticipants', adminToken(room), { room });
      expect(list).toEqual({ status: 200, participants: [] });
    });

    it('a dropped connection leaves too', async () => {
      const room = freshRoom();
      const ana = await SignalClient.join(subject().url, joinToken(room, 'ana'));
      ana.drop();
      await until('nobody there', async () => {
        const answer = await callTwirp(subject(), 'RoomService/ListParticipants', adminToken(room), { room });
        return (answer['participants'] as unknown[]).length === 0;
      });
    });

    it('puts out whoever had the same identity', async () => {
      const room = freshRoom();
      const first = await SignalClient.join(subject().url, joinToken(room, 'ana'));
      const second = await SignalClient.join(subject().url, joinToken(room, 'ana'));
      expect((await first.wait('leave')).reason).toBe(DisconnectReason.DUPLICATE_IDENTITY);
      expect(await first.closed).toBe(1000);
      expect(second.sid).not.toBe(first.sid);
      await second.leave();
    });

    it('tells a client that reconnects to nothing to begin anew', async () => {
      const query = { reconnect: '1', sid: 'PA_none' };
      const ana = await SignalClient.join(subject().url, joinToken(freshRoom(), 'ana'), { query });
      const leave = await ana.wait('leave');
      expect(leave).toMatchObject({ reason: DisconnectReason.STATE_MISMATCH, action: 2 });
    });

    it('goes on over a second connection when the client reconnects', async () => {
      const room = freshRoom();
      const ana = await SignalClient.join(subject().url, joinToken(room, 'ana'));
      const query = { reconnect: '1', sid: ana.sid };
      const again = await SignalClient.join(subject().url, joinToken(room, 'ana'), { query });
      await again.wait('reconnect');
      const admin = adminToken(room);
      const list = await callTwirp(subject(), 'RoomService/ListParticipants', admin, { room });
      expect(list['participants']).toMatchObject([{ sid: ana.sid }]);
      await again.leave();
    });
  });
}
