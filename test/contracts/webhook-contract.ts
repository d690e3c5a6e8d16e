import { DisconnectReason } from '@livekit/protocol';
import { describe, expect, it } from 'vitest';
import { until } from '../helpers/poll.ts';
import { adminToken, callTwirp, freshRoom, joinToken, type StartSubject } from './subject.ts';
import { receiveWebhooks } from './webhook-receiver.ts';

/** Events as a receiver gets them. */
export function describeWebhooks(start: StartSubject): void {
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
