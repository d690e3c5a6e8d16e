/** What the census reads, held against the SDK's client on the same emulated server. */
import { RoomServiceClient } from 'livekit-server-sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/index.ts';
import { census } from '../../src/sfu/census.ts';
import { mintToken } from '../../src/sfu/tokens.ts';
import { SignalClient } from '../helpers/signal-client.ts';

const keys = { apiKey: 'APItest', apiSecret: 'a-livekit-secret-of-forty-characters-0001' };
let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, keys: { [keys.apiKey]: keys.apiSecret } });
});
afterAll(() => emulator.close());

const connection = () => ({ url: emulator.url, ...keys, skipTLSVerify: false });

test('rooms and participants are those that the SDK reads', async () => {
  const sdk = new RoomServiceClient(emulator.url, keys.apiKey, keys.apiSecret);
  const ask = census(connection());
  expect(await ask.rooms()).toEqual([]);
  const token = mintToken(keys, { identity: 'ana', name: 'Ana', room: 'standup' });
  const client = await SignalClient.join(emulator.url, token);
  await sdk.createRoom({ name: 'empty' });

  const rooms = (await sdk.listRooms()).map(({ name, sid, numParticipants }) => {
    return { name, sid, participants: numParticipants };
  });
  expect(rooms).toMatchObject([
    { name: 'standup', participants: 1 },
    { name: 'empty', participants: 0 },
  ]);
  expect(await ask.rooms()).toEqual(rooms);
  const [ana] = await sdk.listParticipants('standup');
  expect(await ask.participants('standup')).toEqual([
    { sid: client.sid, identity: 'ana', name: 'Ana', kind: 'standard', joinedAt: Number(ana?.joinedAtMs) },
  ]);
  expect(await ask.participants('nowhere')).toEqual([]);
  await client.leave();
});

test('another secret is denied, and an end asked for ends it', async () => {
  const stranger = census({ ...connection(), apiSecret: 'x'.repeat(40) });
  await expect(stranger.rooms()).rejects.toMatchObject({ code: 'sfu/denied' });
  const reason = new Error('enough');
  await expect(census(connection(), AbortSignal.abort(reason)).rooms()).rejects.toBe(reason);
});
