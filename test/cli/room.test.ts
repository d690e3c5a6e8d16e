import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TrackSource, TrackType } from '@livekit/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/index.ts';
import { mintToken, type TokenSpec } from '../../src/sfu/tokens.ts';
import { until } from '../helpers/poll.ts';
import { freePort } from '../helpers/ports.ts';
import { type RunOptions, run } from '../helpers/run.ts';
import { SignalClient } from '../helpers/signal-client.ts';

const keys = { apiKey: 'devkey', apiSecret: 'a-secret-of-at-least-32-characters' };
const enter = (url: string, spec: TokenSpec) => SignalClient.join(url, mintToken(keys, spec));

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, keys: { [keys.apiKey]: keys.apiSecret } });
});
afterAll(() => emulator.close());

const env = () => ({
  LIVEKIT_URL: emulator.url,
  LIVEKIT_API_KEY: keys.apiKey,
  LIVEKIT_API_SECRET: keys.apiSecret,
});
const room = (argv: string[], options: RunOptions = {}) => run(['room', ...argv], { env: env(), ...options });
const names = async (name: string) =>
  (await room(['participants', name, '--json']))
    .json()
    .participants.map((p: { identity: string }) => p.identity);

/** A room of its own for a test, with these people in it. */
let count = 0;
async function meeting(...identities: string[]) {
  const name = `meeting-${++count}`;
  const people: Record<string, SignalClient> = {};
  for (const identity of identities) people[identity] = await enter(emulator.url, { identity, room: name });
  return { name, people };
}

describe('rooms', () => {
  test('are listed, shown, created and closed', async () => {
    const created = await room([
      'create',
      'standup',
      '--max-participants',
      '12',
      '--empty-timeout',
      '2m',
      '--json',
    ]);
    expect(created.status).toBe(0);
    expect(created.json()).toMatchObject({
      name: 'standup',
      maxParticipants: 12,
      emptyTimeout: 120,
      numParticipants: 0,
    });
    expect(created.json()).not.toHaveProperty('turnPassword');
    expect((await room(['list'])).stdout).toMatch(/^standup\s+0\s+0/m);
    expect((await room(['list', '--match', 'stand*', '--json'])).json().rooms).toMatchObject([
      { name: 'standup' },
    ]);
    expect((await room(['info', 'standup'])).stdout).toMatch(/participants\s+0 of 12/);
    const again = await room(['create', 'standup']);
    expect(again.stderr).toContain('standup exists already');
    const closed = await room(['close', 'standup', 'nowhere', '--json']);
    expect(closed.status).toBe(1);
    expect(closed.json().results).toMatchObject([
      { room: 'standup', ok: true },
      { room: 'nowhere', ok: false, error: 'there is no room "nowhere" on this server' },
    ]);
    await until('the room is gone', async () => (await room(['info', 'standup'])).status === 3);
  });

  test('that are not there are a clear error', async () => {
    const { name } = await meeting('ana');
    const typo = await room(['participants', name.replace('meeting', 'meetnig')]);
    expect(typo).toMatchObject({ status: 3, stdout: '' });
    expect(typo.stderr).toContain(`did you mean ${name}?`);
    const none = await room(['list', '--match', 'zzz*']);
    expect(none).toMatchObject({ status: 0, stdout: '' });
    expect(none.stderr).toContain('no room matches zzz*');
    expect((await room(['create', ''])).status).toBe(2);
  });

  test('show who is there, what they publish and may do', async () => {
    const { name, people } = await meeting('ana', 'bo');
    await people['ana']?.publish();
    const listed = await room(['participants', name]);
    expect(listed.stdout).toMatch(/^ana\s.*microphone\s+publish subscribe data/m);
    expect(await names(name)).toEqual(expect.arrayContaining(['ana', 'bo']));
  });
});

describe('room kick', () => {
  test('puts out whom it names, in every way of naming', async () => {
    const { name, people } = await meeting('ana', 'bo', 'guest-1', 'guest-2', 'li');
    const options = ['--identity', 'bo', '--match', 'guest-*', '--from', '-', '--json'];
    const ran = await room(['kick', name, 'ana', ...options], { stdin: 'ana\nli\n\n' });
    expect(ran.status).toBe(0);
    expect(ran.json()).toEqual({
      results: ['ana', 'bo', 'li', 'guest-1', 'guest-2'].map((identity) => ({ identity, ok: true })),
    });
    for (const client of Object.values(people)) await client.closed;
  });

  test('a failure of one is named and spares nobody else', async () => {
    const { name, people } = await meeting('ana', 'bo');
    const ran = await room(['kick', name, 'anna', 'bo']);
    expect(ran.status).toBe(1);
    expect(ran.stdout).toContain(`"anna" is not in ${name}`);
    expect(ran.stdout).toContain('did you mean ana?');
    expect(ran.stdout).toContain('bo was put out');
    await people['bo']?.closed;
    expect(await names(name)).toEqual(['ana']);
  });

  test('--all wants a confirmation', async () => {
    const { name, people } = await meeting('ana', 'bo');
    const refused = await room(['kick', name, '--all']);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain(`remove all 2 participants of ${name} needs a confirmation`);
    expect(await names(name)).toHaveLength(2);
    expect((await room(['kick', name, '--all', '--yes'])).status).toBe(0);
    for (const client of Object.values(people)) await client.closed;
  });

  test('nobody named, nobody matched', async () => {
    const { name } = await meeting('ana');
    expect((await room(['kick', name])).stderr).toContain('nobody is named');
    const none = await room(['kick', name, '--match', 'zz*']);
    expect(none.status).toBe(0);
    expect(none.stderr).toContain(`nobody in ${name} matches zz*`);
  });
});

describe('room mute and unmute', () => {
  const video = { type: TrackType.VIDEO, source: TrackSource.CAMERA, name: 'cam' };

  test('mute all audio, and no video, unless told otherwise', async () => {
    const { name, people } = await meeting('ana');
    const mic = await people['ana']?.publish();
    const camera = await people['ana']?.publish(video);
    expect((await room(['mute', name, 'ana', '--json'])).json().results).toEqual([
      { identity: 'ana', ok: true, tracks: [{ sid: mic?.sid, muted: true }] },
    ]);
    await people['ana']?.wait('mute', ({ sid, muted }) => sid === mic?.sid && muted);
    const byTrack = await room(['mute', name, '--track', camera?.sid ?? '', '--json']);
    expect(byTrack.json().results).toEqual([
      { identity: 'ana', ok: true, tracks: [{ sid: camera?.sid, muted: true }] },
    ]);
    const listed = await room(['participants', name]);
    expect(listed.stdout).toContain('microphone (muted), camera (muted)');
  });

  test('choose tracks by source and kind', async () => {
    const { name, people } = await meeting('ana');
    await people['ana']?.publish();
    const camera = await people['ana']?.publish(video);
    for (const choice of [
      ['--source', 'camera'],
      ['--kind', 'video'],
    ]) {
      const ran = await room(['mute', name, 'ana', ...choice, '--json']);
      expect(ran.json().results[0].tracks).toEqual([{ sid: camera?.sid, muted: true }]);
    }
    const none = await room(['mute', name, 'ana', '--source', 'screen_share']);
    expect(none).toMatchObject({ status: 0, stdout: expect.stringContaining('publishes no such track') });
    const unknown = await room(['mute', name, 'ana', '--track', 'TR_nope']);
    expect(unknown).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('ana does not publish TR_nope'),
    });
    expect((await room(['mute', name, '--track', 'TR_nope'])).status).toBe(3);
  });

  test('a refused unmute names the setting', async () => {
    const { name, people } = await meeting('ana');
    await people['ana']?.publish();
    await room(['mute', name, 'ana']);
    const ran = await room(['unmute', name, 'ana']);
    expect(ran.status).toBe(1);
    expect(ran.stdout).toContain('enable_remote_unmute: true');
  });
});

describe('room permit', () => {
  test('changes what is mentioned, keeps the rest, and shows both', async () => {
    const { name } = await meeting();
    const grants = { video: { canSubscribe: false, canUpdateOwnMetadata: true } };
    await enter(emulator.url, { identity: 'ana', room: name, grants });
    const ran = await room(['permit', name, 'ana', '--can-publish=false', '--json']);
    const before = {
      canPublish: true,
      canSubscribe: false,
      canPublishData: true,
      canUpdateMetadata: true,
      hidden: false,
      sources: [],
    };
    expect(ran.json().results).toEqual([
      { identity: 'ana', ok: true, before, after: { ...before, canPublish: false } },
    ]);
    const text = await room([
      'permit',
      name,
      'ana',
      '--can-publish=true',
      '--sources',
      'microphone,screen-share',
    ]);
    expect(text.stdout).toContain('canPublish false → true, sources all → microphone,screen_share');
    const again = await room(['permit', name, 'ana', '--sources', 'all']);
    expect(again.stdout).toContain('sources microphone,screen_share → all');
  });

  test('needs a permission to change', async () => {
    const { name } = await meeting('ana');
    expect((await room(['permit', name, 'ana'])).status).toBe(2);
    expect((await room(['permit', name, 'ana', '--sources', 'mic'])).stderr).toContain(
      'there is no track source "mic"',
    );
  });
});

describe('room metadata', () => {
  test('is shown and set, of a room and of a participant', async () => {
    const { name } = await meeting('ana');
    expect((await room(['metadata', name, '--set', '{"a":1}'])).stdout).toBe('{"a":1}\n');
    expect((await room(['metadata', name])).stdout).toBe('{"a":1}\n');
    expect((await room(['metadata', name, '--set', '', '--json'])).json()).toEqual({
      room: name,
      metadata: '',
    });
    const set = await room(['metadata', name, 'ana', '--set-file', '-', '--json'], { stdin: 'hello' });
    expect(set.json().results).toEqual([{ identity: 'ana', ok: true, metadata: 'hello' }]);
    expect((await room(['metadata', name, 'ana'])).stdout).toContain('ana hello');
    expect((await room(['metadata', name, 'ana', '--set', ''])).status).toBe(2);
  });
});

describe('room watch', () => {
  test('prints who comes and goes as JSON lines, until interrupted', async () => {
    const { name, people } = await meeting('ana');
    const stop = new AbortController();
    const seen: { event: string; identity?: string; initial?: true }[] = [];
    const running = room(['watch', name, '--interval', '20ms', '--json'], {
      terminate: stop.signal,
      onStdout: (text) => {
        for (const line of text.trim().split('\n')) seen.push(JSON.parse(line));
      },
    });
    const event = (kind: string, identity?: string) =>
      until(`${kind} ${identity}`, () => seen.some((e) => e.event === kind && e.identity === identity));
    await event('participant_joined', 'ana');
    expect(seen.find(({ identity }) => identity === 'ana')).toMatchObject({ initial: true });
    const bo = await enter(emulator.url, { identity: 'bo', room: name });
    await event('participant_joined', 'bo');
    await bo.publish();
    await event('track_published', 'bo');
    await room(['mute', name, 'bo']);
    await event('track_muted', 'bo');
    await people['ana']?.leave();
    await event('participant_left', 'ana');
    stop.abort();
    expect((await running).status).toBe(143);
  });

  test('waits for a server that goes away, and says when it is back', async () => {
    const port = await freePort();
    const start = () => startEmulator({ port, keys: { [keys.apiKey]: keys.apiSecret } });
    let server = await start();
    const stop = new AbortController();
    let output = '';
    const running = run(['room', 'watch', '--interval', '20ms'], {
      env: { ...env(), LIVEKIT_URL: server.url },
      terminate: stop.signal,
      onStdout: (text) => {
        output += text;
      },
    });
    const client = await enter(server.url, { identity: 'ana', room: 'here' });
    await until('ana is seen', () => output.includes('ana'));
    await server.close();
    client.drop();
    await until('the loss is seen', () => output.includes('sfu lost'));
    server = await start();
    await until('the recovery is seen', () => output.includes('sfu recovered'));
    stop.abort();
    expect((await running).status).toBe(143);
    expect(output.match(/sfu lost/g)).toHaveLength(1);
    await server.close();
  });

  test('a server that was never there is an error', async () => {
    const port = await freePort();
    const ran = await run(['room', 'watch'], { env: { ...env(), LIVEKIT_URL: `http://127.0.0.1:${port}` } });
    expect(ran.status).toBe(3);
    expect(ran.stderr).toContain('connection refused');
  });
});

describe('the connection', () => {
  test('a wrong secret is explained', async () => {
    const ran = await room(['list'], {
      env: { ...env(), LIVEKIT_API_SECRET: 'another-secret-of-32-characters-or-so' },
    });
    expect(ran.status).toBe(3);
    expect(ran.stderr).toContain('signature is invalid');
    expect(ran.stderr).toContain('livekit.apiSecret');
  });

  test('comes from the configuration, which the environment and flags override', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bedrud-room-'));
    const config = join(folder, 'config.yaml');
    const livekit = { internalHost: emulator.url, apiKey: keys.apiKey, apiSecret: keys.apiSecret };
    writeFileSync(config, JSON.stringify({ livekit }));
    expect((await run(['room', 'list', '-c', config])).status).toBe(0);
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    expect((await run(['room', 'list', '-c', config], { env: { LIVEKIT_URL: nowhere } })).status).toBe(3);
    const flagged = await run(['room', 'list', '-c', config, '--url', emulator.url], {
      env: { LIVEKIT_URL: nowhere },
    });
    expect(flagged.status).toBe(0);
  });

  test('an address that is none', async () => {
    const ran = await room(['list', '--url', 'localhost:7880']);
    expect(ran).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('is no address of a livekit-server'),
    });
  });
});
