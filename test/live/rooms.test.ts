import { createHmac } from 'node:crypto';
import { DisconnectReason, dispose } from '@livekit/rtc-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mintToken } from '../../src/sfu/tokens.ts';
import { enter, type LiveKit, startLiveKit } from '../helpers/livekit.ts';
import { describeWith } from '../helpers/needs.ts';
import { until } from '../helpers/poll.ts';
import { type RunOptions, run } from '../helpers/run.ts';

const apiKey = 'devkey';
const apiSecret = 'a-secret-of-at-least-32-characters';

describeWith(['livekit-server'], 'rooms and tokens on a real server', () => {
  let server: LiveKit;
  beforeAll(async () => {
    server = await startLiveKit({ [apiKey]: apiSecret });
  });
  afterAll(async () => {
    await dispose();
    await server.stop();
  });

  const env = () => ({ LIVEKIT_URL: server.url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret });
  const bedrud = (argv: string[], options: RunOptions = {}) => run(argv, { env: env(), ...options });
  const join = async (room: string, identity: string) => {
    const { stdout } = await bedrud(['token', 'create', '--room', room, '--identity', identity]);
    return enter(server.url, stdout.trim());
  };
  const participant = async (room: string, identity: string) => {
    const { participants } = (await bedrud(['room', 'participants', room, '--json'])).json();
    return participants.find((p: { identity: string }) => p.identity === identity);
  };

  test('a participant is muted, silenced, described and put out', async () => {
    const ana = await join('standup', 'ana');
    const sid = await ana.publish();
    await until('the track is known', async () => (await participant('standup', 'ana'))?.tracks.length === 1);

    const muted = await bedrud(['room', 'mute', 'standup', 'ana', '--json']);
    expect(muted.json().results).toEqual([{ identity: 'ana', ok: true, tracks: [{ sid, muted: true }] }]);
    await until('it is muted', async () => (await participant('standup', 'ana'))?.tracks[0]?.muted === true);
    const unmuted = await bedrud(['room', 'unmute', 'standup', 'ana']);
    expect(unmuted.status).toBe(1);
    expect(unmuted.stdout).toContain('enable_remote_unmute: true');

    const permitted = await bedrud(['room', 'permit', 'standup', 'ana', '--can-publish=false', '--json']);
    const { before, after } = permitted.json().results[0];
    expect(after).toEqual({ ...before, canPublish: false });
    await until('the track ends', async () => (await participant('standup', 'ana'))?.tracks.length === 0);
    expect((await participant('standup', 'ana')).permission).toMatchObject({
      canPublish: false,
      canSubscribe: true,
      canPublishData: before.canPublishData,
    });

    await bedrud(['room', 'metadata', 'standup', 'ana', '--set', 'chair']);
    await until('she hears of it', () => ana.room.localParticipant?.metadata === 'chair');
    await bedrud(['room', 'metadata', 'standup', '--set', 'release']);
    await until('the room has it', () => ana.room.metadata === 'release');
    await bedrud(['room', 'metadata', 'standup', '--set', '']);
    await until('it is empty again', () => ana.room.metadata === '');

    expect((await bedrud(['room', 'kick', 'standup', 'ana'])).status).toBe(0);
    expect(await ana.gone).toBe(DisconnectReason.PARTICIPANT_REMOVED);
    await until('nobody is there', async () => (await participant('standup', 'ana')) === undefined);
  });

  test('who is named wrongly fails alone', async () => {
    const [bo, li] = await Promise.all([join('retro', 'bo'), join('retro', 'li')]);
    const ran = await bedrud(['room', 'mute', 'retro', 'boo', 'li']);
    expect(ran.status).toBe(1);
    expect(ran.stdout).toContain('did you mean bo?');
    expect((await bedrud(['room', 'close', 'retro'])).status).toBe(0);
    expect(await Promise.all([bo.gone, li.gone])).toEqual([
      DisconnectReason.ROOM_DELETED,
      DisconnectReason.ROOM_DELETED,
    ]);
    expect((await bedrud(['room', 'info', 'retro'])).status).toBe(3);
  });

  test('watch sees who comes, publishes and goes', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const running = bedrud(['room', 'watch', '--interval', '50ms', '--json'], {
      terminate: stop.signal,
      onStdout: (text) => {
        for (const line of text.trim().split('\n')) {
          const { event, room, identity } = JSON.parse(line);
          if (room === 'seen') seen.push(`${event} ${identity}`);
        }
      },
    });
    const cy = await join('seen', 'cy');
    await until('cy joined', () => seen.includes('participant_joined cy'));
    await cy.publish();
    await until('cy published', () => seen.includes('track_published cy'));
    await cy.leave();
    await until('cy left', () => seen.includes('participant_left cy'));
    stop.abort();
    expect((await running).status).toBe(143);
  });

  test('remote unmute works where it is enabled', async () => {
    const open = await startLiveKit({ [apiKey]: apiSecret }, { room: { enable_remote_unmute: true } });
    try {
      const environment = { ...env(), LIVEKIT_URL: open.url };
      const at = (argv: string[]) => run(argv, { env: environment });
      const ana = await enter(open.url, mintToken({ apiKey, apiSecret }, { identity: 'ana', room: 'r' }));
      const sid = await ana.publish();
      const isMuted = async () => {
        const [{ tracks }] = (await at(['room', 'participants', 'r', '--json'])).json().participants;
        return tracks[0]?.muted;
      };
      await until('the track is known', async () => (await isMuted()) !== undefined);
      await at(['room', 'mute', 'r', '--track', sid]);
      await until('it is muted', isMuted);
      expect((await at(['room', 'unmute', 'r', 'ana'])).status).toBe(0);
      await until('it is unmuted', async () => (await isMuted()) === false);
      await ana.leave();
    } finally {
      await open.stop();
    }
  });

  test('verify says what the server says', async () => {
    const now = Math.floor(Date.now() / 1000);
    const good = { iss: apiKey, sub: 'ana', nbf: now, exp: now + 600, video: { roomJoin: true, room: 'r' } };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const sign = (claims: object, secret = apiSecret) => {
      const signed = `${part({ alg: 'HS256' })}.${part({ ...good, ...claims })}`;
      return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
    };
    const tokens = {
      good: sign({}),
      'another secret': sign({}, 'another-secret-of-more-than-32-characters'),
      'another key': sign({ iss: 'nobody' }),
      'no key': sign({ iss: undefined }),
      expired: sign({ exp: now - 90 }),
      'expired within the leeway': sign({ exp: now - 30 }),
      'not yet valid': sign({ nbf: now + 90 }),
      'not yet valid within the leeway': sign({ nbf: now + 30 }),
      'without an end': sign({ exp: undefined }),
      'a flag in quotes': sign({ video: { roomJoin: 'true', room: 'r' } }),
      'sources by number': sign({ video: { ...good.video, canPublishSources: [1] } }),
      'an attribute that is a number': sign({ attributes: { a: 1 } }),
      'an unknown grant': sign({ video: { ...good.video, flies: true } }),
      'no identity': sign({ sub: undefined }),
      unsigned: `${part({ alg: 'none' })}.${part(good)}.`,
    };
    const answers: Record<string, boolean> = {};
    const verdicts: Record<string, boolean> = {};
    for (const [name, token] of Object.entries(tokens)) {
      answers[name] = (await fetch(`${server.url}/rtc/validate?access_token=${token}`)).ok;
      verdicts[name] = (await bedrud(['token', 'verify', '-'], { stdin: token })).status === 0;
    }
    expect(verdicts).toEqual(answers);
    expect(answers).toMatchObject({ good: true, expired: false });
  });
});
