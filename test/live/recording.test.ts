/** Recording with a real livekit-server and a real Redis; a double plays the egress service over that Redis. */
import { dispose } from '@livekit/rtc-node';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { type EgressOperations, egressService } from '../../src/sfu/egress.ts';
import { mintToken } from '../../src/sfu/tokens.ts';
import { type EgressDouble, startEgressDouble } from '../helpers/egress-double.ts';
import { enter, type LiveKit, startLiveKit } from '../helpers/livekit.ts';
import { describeWith } from '../helpers/needs.ts';
import { until } from '../helpers/poll.ts';
import { startRedis, type TestRedis } from '../helpers/redis.ts';
import { keys } from '../server/helpers.ts';

const patience = 120_000;
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
}, patience);

describeWith(['livekit-server'], 'a livekit-server without Redis', () => {
  test(
    'records nothing, and we say why',
    async () => {
      const livekit = await startLiveKit({ [keys.apiKey]: keys.apiSecret });
      ends.push(livekit.stop);
      const egress = egressService({ url: livekit.url, ...keys, skipTLSVerify: false });
      await expect(egress.check()).rejects.toMatchObject({ code: 'recording/no-redis' });
      await expect(egress.stop('EG_1', 'standup')).rejects.toMatchObject({
        code: expect.stringMatching(/^(recording|sfu)\//),
      });
    },
    patience,
  );
});

describeWith(['livekit-server', 'redis-server'], 'a livekit-server with Redis', () => {
  let redis: TestRedis;
  let livekit: LiveKit;
  let egress: EgressOperations;
  beforeEach(async () => {
    redis = await startRedis();
    livekit = await startLiveKit({ [keys.apiKey]: keys.apiSecret }, { redis: { address: redis.address } });
    egress = egressService({ url: livekit.url, ...keys, skipTLSVerify: false });
    ends.push(redis.remove, livekit.stop);
  }, patience);
  afterAll(() => dispose());
  const join = () => enter(livekit.url, mintToken(keys, { identity: 'ben', room: 'standup' }));
  const request = { room: 'standup', filepath: '/tmp/never/incoming/x.mp4', audioOnly: true };

  test(
    'could record, and lists nothing',
    async () => {
      await egress.check();
      expect(await egress.list('standup')).toEqual([]);
      await expect(egress.start(request)).rejects.toMatchObject({ code: 'recording/room-empty' });
      await expect(egress.stop('EG_none', 'standup')).rejects.toMatchObject({ code: 'sfu/not-found' });
    },
    patience,
  );

  test(
    'has no recorder, and we say so',
    async () => {
      const ben = await join();
      await expect(egress.start(request)).rejects.toMatchObject({ code: 'recording/no-recorder' });
      await ben.leave();
    },
    patience,
  );

  test(
    'takes the double for an egress service',
    async () => {
      const double: EgressDouble = await startEgressDouble(redis.port, Buffer.from('a film'));
      ends.push(double.close);
      const ben = await join();
      const filepath = `${process.env['TMPDIR']}/double/incoming/x.mp4`;
      const started = await egress.start({ ...request, filepath });
      expect(started).toMatchObject({ roomName: 'standup', phase: 'starting', filepath });
      expect(double.requests[0]).toMatchObject({ roomName: 'standup', audioOnly: true });
      const phase = async () => (await egress.list('standup'))[0]?.phase;
      await until('it records', async () => (await phase()) === 'active', 20_000);
      expect(await egress.stop(started.egressId, 'standup')).toMatchObject({ phase: 'ending' });
      await until('it is complete', async () => (await phase()) === 'complete', 20_000);
      expect((await egress.list('standup'))[0]).toMatchObject({ location: filepath, fileSize: 6 });
      await expect(egress.stop(started.egressId, 'standup')).rejects.toMatchObject({
        code: 'sfu/failed',
        message: expect.stringContaining('cannot be stopped'),
      });
      await ben.leave();
    },
    patience,
  );
});
