/** What the API does to participants, seen by their clients: serve and a real livekit-server. */
import { DisconnectReason, dispose } from '@livekit/rtc-node';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { enter } from '../helpers/livekit.ts';
import { describeWith, findProgram } from '../helpers/needs.ts';
import { until } from '../helpers/poll.ts';
import { initialise, makePlace, type Serving, serve } from '../helpers/serve.ts';
import { accessToken } from '../server/helpers.ts';

const timeout = 90_000;
const patience = 15_000;

describeWith(['livekit-server'], 'moderating a room', () => {
  let serving: Serving | undefined;
  let secret: string;
  let roomId: string;
  const inside: { leave(): Promise<void> }[] = [];
  beforeEach(async () => {
    const place = await makePlace({ LIVEKIT_SERVER_BIN: findProgram('livekit-server') ?? '' });
    secret = (await initialise(place)).jwtSecret;
    serving = await serve(place);
    roomId = (await call('POST', '/create', 'ana', { name: 'standup', isPublic: true })).body.id;
  }, timeout);
  afterEach(async () => {
    await Promise.all(inside.splice(0).map((one) => one.leave()));
    serving?.kill('SIGKILL');
    await serving?.ended;
    serving = undefined;
  }, timeout);
  afterAll(() => dispose());

  /** Calls /api/room as `user`, or as nobody. */
  async function call(method: string, path: string, user?: string, body?: object) {
    const token = user === undefined ? undefined : await accessToken(user, {}, { secret });
    const response = await fetch(`${serving?.url}/api/room${path}`, {
      method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    // biome-ignore lint/suspicious/noExplicitAny: documents of every shape
    return { status: response.status, body: (await response.json()) as any };
  }
  const act = (path: string, user = 'ana') => call('POST', `/${roomId}/${path}`, user);
  const ticket = async (user: string) =>
    (await call('POST', '/join', user, { roomName: 'standup' })).body as {
      livekitHost: string;
      token: string;
    };
  async function use({ livekitHost, token }: { livekitHost: string; token: string }) {
    const one = await enter(livekitHost, token);
    inside.push(one);
    return one;
  }
  const join = async (user: string) => use(await ticket(user));
  const present = async (): Promise<string[]> =>
    (await call('GET', `/${roomId}/presence`, 'ana')).body.participants.map(
      ({ identity }: { identity: string }) => identity,
    );
  const there = (...identities: string[]) =>
    until(
      `${identities} there`,
      async () => JSON.stringify((await present()).sort()) === JSON.stringify(identities),
      patience,
    );

  test('a kick puts out, and lets in again; a ban does not, whatever the token', { timeout }, async () => {
    await join('ana');
    const ben = await join('ben');
    await there('ana', 'ben');
    expect(await act('kick/ben')).toMatchObject({ status: 200 });
    expect(await ben.gone).toBe(DisconnectReason.PARTICIPANT_REMOVED);
    await there('ana');

    const old = await ticket('ben');
    const again = await use(old);
    await there('ana', 'ben');
    expect(await act('ban/ben')).toMatchObject({ status: 200 });
    expect(await again.gone).toBe(DisconnectReason.PARTICIPANT_REMOVED);
    expect(await call('POST', '/join', 'ben', { roomName: 'standup' })).toMatchObject({
      status: 403,
      body: { code: 'room/banned' },
    });
    // LiveKit knows of no ban: the token still lets in, and serve puts out.
    const sneaked = await use(old);
    expect(await sneaked.gone).toBe(DisconnectReason.PARTICIPANT_REMOVED);
    await there('ana');
  });

  test('a moderator is seen as one, turns a camera off, and bans a guest', { timeout }, async () => {
    const ben = await join('ben');
    const cy = await join('cy');
    await cy.publishCamera();
    await there('ben', 'cy');
    expect(await act('video/cy/off', 'ben')).toMatchObject({ status: 403 });
    expect(await act('promote/ben')).toMatchObject({ status: 200 });
    await until('he hears of it', () => ben.room.localParticipant?.metadata?.includes('moderator'), patience);
    const camera = async () =>
      (await call('GET', `/${roomId}/participant/cy/info`, 'ana')).body.tracks.find(
        ({ source }: { source: string }) => source === 'CAMERA',
      );
    await until('the camera', async () => (await camera())?.muted === false, patience);
    expect(await act('video/cy/off', 'ben')).toMatchObject({ status: 200 });
    await until('it is off', async () => (await camera())?.muted === true, patience);

    const { body } = await call('POST', '/guest-join', undefined, { roomName: 'standup', guestName: 'Gus' });
    const guest = await use(body);
    await until('the guest', async () => (await present()).includes(body.identity), patience);
    expect(await act(`ban/${body.identity}`, 'ben')).toMatchObject({ status: 200 });
    expect(await guest.gone).toBe(DisconnectReason.PARTICIPANT_REMOVED);
    expect(await act('demote/ben')).toMatchObject({ status: 200 });
    expect(await act('video/cy/off', 'ben')).toMatchObject({ status: 403 });
  });

  test('a room that is closed puts everybody out, and stays closed to old tokens', { timeout }, async () => {
    const ben = await join('ben');
    await there('ben');
    const old = await ticket('cy');
    expect(await call('DELETE', `/${roomId}`, 'ana')).toMatchObject({
      status: 200,
      body: { state: 'archived' },
    });
    expect(await ben.gone).toBe(DisconnectReason.ROOM_DELETED);
    const cy = await use(old);
    expect(await cy.gone).toBe(DisconnectReason.ROOM_DELETED);
    expect(await call('POST', '/join', 'cy', { roomName: 'standup' })).toMatchObject({ status: 410 });
  });
});
