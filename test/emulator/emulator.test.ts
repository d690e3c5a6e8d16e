import { connect, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/index.ts';
import { signToken } from '../../src/emulator/jwt.ts';
import { egressService } from '../../src/sfu/egress.ts';
import { adminToken, apiKey, apiSecret, callTwirp, freshRoom, joinToken } from '../contracts/subject.ts';
import { receiveWebhooks } from '../contracts/webhook-receiver.ts';
import { until } from '../helpers/poll.ts';
import { freePort } from '../helpers/ports.ts';
import { SignalClient } from '../helpers/signal-client.ts';

const keys = { [apiKey]: apiSecret };
const running: Emulator[] = [];
async function start(options: Partial<EmulatorOptions> = {}): Promise<Emulator> {
  const emulator = await startEmulator({ port: 0, keys, ...options });
  running.push(emulator);
  return emulator;
}
afterEach(async () => {
  for (const emulator of running.splice(0)) await emulator.close();
});

describe('the emulator', () => {
  it('says that it is one, in a header and in every JoinResponse', async () => {
    const { url } = await start({ version: '1.11.0' });
    expect((await fetch(url)).headers.get('x-bedrud-emulator')).toBe('1.11.0');
    const ana = await SignalClient.join(url, joinToken(freshRoom(), 'ana'));
    expect(ana.join.serverInfo?.debugInfo).toContain('emulator');
    await ana.leave();
  });

  it('listens on loopback alone unless told otherwise', async () => {
    const { url } = await start();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('names the port that is taken', async () => {
    const port = await freePort();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    await expect(start({ port })).rejects.toMatchObject({ code: 'emulator/port-in-use', exit: 3 });
    await new Promise((resolve) => other.close(resolve));
  });

  it.each([
    [{ version: '1.5.3' }, 'emulator/version'],
    [{ version: '9.9.9' }, 'emulator/version'],
    [{ keys: {} }, 'emulator/refused'],
    [{ webhook: { urls: ['http://127.0.0.1:1'], apiKey: 'other' } }, 'emulator/refused'],
    [{ config: { yaml: '', read: () => ({ refusal: 'no such thing' }) } }, 'emulator/refused'],
  ])('refuses %j', async (options, code) => {
    await expect(start(options)).rejects.toMatchObject({ code });
  });

  it('hands the configuration and the version to whoever reads it', async () => {
    const seen: string[] = [];
    const read = (yaml: string, version: string) => {
      seen.push(yaml, version);
      return { config: { room: { max_participants: 4 } } };
    };
    const { url } = await start({ version: '1.12.0', config: { yaml: 'room: {}', read } });
    const ana = await SignalClient.join(url, joinToken(freshRoom(), 'ana'));
    expect(ana.join.room?.maxParticipants).toBe(4);
    expect(seen).toEqual(['room: {}', '1.12.0']);
    await ana.leave();
  });

  it('ends every session and frees its port when it closes', async () => {
    const emulator = await start();
    const ana = await SignalClient.join(emulator.url, joinToken(freshRoom(), 'ana'));
    await emulator.close();
    expect(await ana.closed).toBe(1000);
    expect((await ana.wait('leave')).reason).toBe(3);
    await start({ port: emulator.port });
  });

  it('closes while a webhook waits for its next try', async () => {
    const receiver = await receiveWebhooks(() => 503);
    const emulator = await start({ webhook: { urls: [receiver.url] } });
    const room = freshRoom();
    await callTwirp(emulator as never, 'RoomService/CreateRoom', adminToken(room), { name: room });
    await until('the first try', () => receiver.attempts() === 1);
    await emulator.close();
    expect(receiver.attempts()).toBe(1);
    await receiver.close();
  });

  it('leaves nothing behind after twenty rounds', async () => {
    const timers = () =>
      process
        .getActiveResourcesInfo()
        .filter((name) => name !== 'Immediate')
        .sort();
    const round = async () => {
      const emulator = await start();
      const ana = await SignalClient.join(emulator.url, joinToken(freshRoom(), 'ana'));
      await ana.publish();
      await emulator.close();
      await ana.closed;
    };
    await round();
    const before = timers();
    for (let i = 0; i < 20; i += 1) await round();
    await until('handles are gone', () => timers().length <= before.length);
  });
});

it('outlives what no client sends', async () => {
  const { url, port } = await start();
  const raw = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.end(text));
      let answer = '';
      socket.setEncoding('utf8').on('data', (chunk) => {
        answer += chunk;
      });
      socket.on('close', () => resolve(answer)).on('error', reject);
    });
  const upgrade = 'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
  expect(await raw(`GET /rtc HTTP/1.1\r\n${upgrade}\r\n`)).toMatch(
    /^HTTP\/1\.1 401 .*permissions to access the room$/s,
  );
  expect(await raw(`GET /%zz?%zz HTTP/1.1\r\n${upgrade}\r\n`)).toMatch(/^HTTP\/1\.1 404 /);
  const token = joinToken(freshRoom(), 'ana');
  expect(await raw(`GET /rtc?access_token=${token} HTTP/1.1\r\n${upgrade}\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
  expect(await raw('nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);

  const claims = {
    iss: apiKey,
    sub: 'ana',
    constructor: 5,
    video: { roomJoin: true, room: 'r', toString: 5 },
  };
  const odd = await fetch(`${url}/rtc/validate?access_token=${signToken(claims, apiSecret)}`);
  expect(await odd.text()).toBe('success');
  const preset = joinToken(freshRoom(), 'ana', {}, { roomPreset: 'constructor' });
  await expect(SignalClient.join(url, preset)).rejects.toMatchObject({ status: 500 });

  const socket = new WebSocket(`${url.replace('http', 'ws')}/rtc?access_token=${token}`);
  await new Promise((resolve) => socket.once('message', resolve));
  socket.send(Buffer.from([255, 255, 255]));
  expect(await new Promise((resolve) => socket.once('close', resolve))).toBe(1000);
  expect((await fetch(url)).status).toBe(200);
});

describe('limits', () => {
  const config = {
    limit: { max_metadata_size: 10, max_attributes_size: 10, max_participant_name_length: 5 },
  };

  it('hold for the API', async () => {
    const emulator = await start({ config: { yaml: '', read: () => ({ config }) } });
    const room = freshRoom();
    const ana = await SignalClient.join(emulator.url, joinToken(room, 'ana'));
    const update = (change: object) =>
      callTwirp(emulator as never, 'RoomService/UpdateParticipant', adminToken(room), {
        room,
        identity: 'ana',
        ...change,
      });
    const code = 'invalid_argument';
    expect(await update({ name: '123456' })).toMatchObject({ code, msg: 'name length exceeds limits 5' });
    expect(await update({ metadata: '12345678901' })).toMatchObject({
      code,
      msg: 'metadata size exceeds limits 10',
    });
    expect(await update({ attributes: { abcdef: '12345' } })).toMatchObject({
      code,
      msg: 'attribute size exceeds limits 10',
    });
    expect(await update({ name: '12345', metadata: '1234567890' })).toMatchObject({ status: 200 });
    await ana.leave();
  });

  it('hold for what participants change about themselves', async () => {
    const { url } = await start({ config: { yaml: '', read: () => ({ config }) } });
    const ana = await SignalClient.join(url, joinToken(freshRoom(), 'ana', { canUpdateOwnMetadata: true }));
    const update = { metadata: '12345678901', name: '', attributes: {}, requestId: 3 };
    ana.send({ case: 'updateMetadata', value: update as never });
    const { requestId, message } = await ana.wait('requestResponse');
    expect({ requestId, message }).toEqual({ requestId: 3, message: 'exceeds metadata size limit' });
    await ana.leave();
  });
});

it('takes away tracks that a new permission does not cover', async () => {
  const receiver = await receiveWebhooks();
  const emulator = await start({ webhook: { urls: [receiver.url] } });
  const room = freshRoom();
  const ana = await SignalClient.join(emulator.url, joinToken(room, 'ana'));
  const { sid } = await ana.publish();
  const body = { room, identity: 'ana', permission: { canSubscribe: true } };
  const answer = await callTwirp(emulator as never, 'RoomService/UpdateParticipant', adminToken(room), body);
  expect(answer).toMatchObject({ status: 200, tracks: [], is_publisher: false });
  expect((await ana.wait('trackUnpublished')).trackSid).toBe(sid);
  await until('the event', () => receiver.about(room).includes('track_unpublished'));
  await ana.leave();
  await receiver.close();
});

describe('the emulator with a recorder', () => {
  const service = async (sink: EmulatorOptions['recordings'], webhookUrl?: string) => {
    const webhook = webhookUrl === undefined ? {} : { webhook: { urls: [webhookUrl] } };
    const { url } = await start({ ...webhook, ...(sink ? { recordings: sink } : {}) });
    const room = freshRoom();
    const ana = await SignalClient.join(url, joinToken(room, 'ana'));
    const egress = egressService({ url, apiKey, apiSecret, skipTLSVerify: false });
    return { egress, room, ana };
  };
  const request = (room: string) => ({ room, filepath: 'incoming/x.mp4', audioOnly: false });

  it('records a room into a file, and says so in signed webhooks', async () => {
    const receiver = await receiveWebhooks();
    const kept: Buffer[] = [];
    const { egress, room } = await service(async ({ filepath }, file) => {
      kept.push(file);
      return `/out/${filepath}`;
    }, receiver.url);
    const started = await egress.start(request(room));
    expect(started).toMatchObject({ roomName: room, phase: 'starting', filepath: 'incoming/x.mp4' });
    const { egressId } = started;
    await until('active', async () => (await egress.list(room))[0]?.phase === 'active');
    expect(await egress.stop(egressId, room)).toMatchObject({ egressId, phase: 'ending' });
    await until('complete', async () => (await egress.list(room))[0]?.phase === 'complete');
    expect(kept[0]?.subarray(4, 8).toString()).toBe('ftyp');
    expect((await egress.list(room))[0]).toMatchObject({
      location: '/out/incoming/x.mp4',
      fileSize: kept[0]?.length,
    });
    const phases = () =>
      receiver.deliveries
        .filter(({ event }) => event.egressInfo)
        .map(({ event }) => [event.event, event.egressInfo?.status]);
    await until('egress_ended', () => phases().length === 4);
    expect(phases()).toEqual([
      ['egress_started', 0],
      ['egress_updated', 1],
      ['egress_updated', 2],
      ['egress_ended', 3],
    ]);
    expect(receiver.refusals).toEqual([]);
    await expect(egress.stop(egressId, room)).rejects.toMatchObject({
      code: 'sfu/failed',
      message: expect.stringContaining('EGRESS_COMPLETE cannot be stopped'),
    });
    await receiver.close();
  });

  it('ends with the room, and fails where its file cannot be kept', async () => {
    const { egress, room, ana } = await service(async () => {
      throw new Error('the disk is full');
    });
    const { egressId } = await egress.start(request(room));
    await until('active', async () => (await egress.list(room))[0]?.phase === 'active');
    await ana.leave();
    await egress.stop(egressId, room);
    const [failed] = await until('the end', async () => {
      const all = await egress.list(room);
      return all[0]?.phase === 'failed' && all;
    });
    expect(failed).toMatchObject({ error: 'the disk is full', location: null });
  });

  it('refuses as the server does', async () => {
    const { egress, room } = await service(async () => '/out');
    await expect(egress.start(request('empty'))).rejects.toMatchObject({ code: 'recording/room-empty' });
    await expect(egress.stop('EG_none', room)).rejects.toMatchObject({ code: 'sfu/not-found' });
    const wrong = egressService({
      ...{ url: running[0]?.url ?? '', apiKey, apiSecret: 'x'.repeat(40) },
      skipTLSVerify: false,
    });
    await expect(wrong.start(request(room))).rejects.toMatchObject({ code: 'sfu/denied' });
  });

  it('is missed where there is none', async () => {
    const { egress, room } = await service(undefined);
    await expect(egress.check()).rejects.toMatchObject({ code: 'recording/no-redis' });
    await expect(egress.start(request(room))).rejects.toMatchObject({ code: 'recording/no-redis' });
  });
});
