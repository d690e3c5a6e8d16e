import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { failure } from '../../../src/core/errors.ts';
import { makeMetrics } from '../../../src/server/metrics/index.ts';
import { type Jobs, type JobsOptions, startJobs } from '../../../src/server/recording/jobs.ts';
import { describeWith } from '../../helpers/needs.ts';
import { until } from '../../helpers/poll.ts';
import { startRedis, type TestRedis } from '../../helpers/redis.ts';
import { memoryLog } from '../helpers.ts';

const patience = 30_000;

describeWith(['redis-server'], 'recording jobs', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  }, patience);
  afterAll(() => redis?.remove());

  const running: Jobs[] = [];
  let done: string[];
  let lost: string[];
  let counted: JobsOptions['tries'];
  beforeEach(() => {
    done = [];
    lost = [];
    counted = makeMetrics().jobs.of.process_recording;
  });
  afterEach(async () => {
    for (const jobs of running.splice(0)) await jobs.close(0);
  });
  const start = (over: Partial<JobsOptions> = {}): Jobs => {
    const jobs = startJobs({
      redis: {
        host: '127.0.0.1',
        port: redis.port,
        username: undefined,
        password: undefined,
        db: 0,
        tls: false,
      },
      log: memoryLog().log as unknown as JobsOptions['log'],
      process: async (id) => void done.push(id),
      givenUp: async (id) => void lost.push(id),
      tries: counted,
      attempts: 3,
      concurrency: 1,
      timing: { lock: 1_000, backoff: 20 },
      ...over,
    });
    running.push(jobs);
    return jobs;
  };
  const ready = (jobs: Jobs) => until('Redis answers', () => jobs.problem() === undefined, patience);

  test(
    'are done once, however often they are asked for',
    async () => {
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const jobs = start({
        process: async (id) => {
          done.push(id);
          await held;
        },
      });
      await ready(jobs);
      for (let n = 0; n < 5; n += 1) await jobs.add('one');
      await until('the job runs', () => done.length === 1, patience);
      for (let n = 0; n < 5; n += 1) await jobs.add('one');
      await jobs.add('two');
      release();
      await until('the next job', () => done.includes('two'), patience);
      expect(done).toEqual(['one', 'two']);
      expect(counted.counts).toEqual({ done: 2, retried: 0, failed: 0 });
    },
    patience,
  );

  test(
    'are tried again, and given up after the last try',
    async () => {
      let tries = 0;
      const jobs = start({
        process: async (id) => {
          tries += 1;
          if (id === 'never' || tries < 3) throw new Error('not yet');
          done.push(id);
        },
      });
      await ready(jobs);
      await jobs.add('third');
      await until('the third try', () => done.includes('third'), patience);
      expect({ tries, lost }).toEqual({ tries: 3, lost: [] });
      await jobs.add('never');
      await until('it is given up', () => lost.includes('never'), patience);
      expect(tries).toBe(6);
      expect(counted.counts).toEqual({ done: 1, retried: 4, failed: 1 });
    },
    patience,
  );

  test(
    'are not tried again for what stays as it is',
    async () => {
      let tries = 0;
      const jobs = start({
        process: async () => {
          tries += 1;
          throw failure('recording/too-large', { limit: 1 });
        },
      });
      await ready(jobs);
      await jobs.add('huge');
      await until('it is given up', () => lost.includes('huge'), patience);
      expect(tries).toBe(1);
      expect(counted.counts).toEqual({ done: 0, retried: 0, failed: 1 });
    },
    patience,
  );

  test(
    'of a worker that is gone are done by another',
    async () => {
      const first = start({ process: () => new Promise(() => {}) });
      await ready(first);
      await first.add('orphan');
      await sleep(50);
      await running.splice(0)[0]?.close(0);
      start();
      await until('another does it', () => done.includes('orphan'), patience);
      expect(done).toEqual(['orphan']);
      expect(counted.counts).toEqual({ done: 1, retried: 1, failed: 0 });
    },
    patience,
  );

  test(
    'wait while Redis is away, at the start and later, and say so',
    async () => {
      await redis.stop();
      const jobs = start();
      await until('it is noticed', () => /ECONNREFUSED/.test(jobs.problem() ?? ''), patience);
      await expect(jobs.add('early')).rejects.toThrow('Redis is away');
      await redis.start();
      await ready(jobs);
      await jobs.add('early');
      await until('it is done', () => done.includes('early'), patience);
      await redis.stop();
      await until('it is noticed', () => jobs.problem() !== undefined, patience);
      await expect(jobs.add('later')).rejects.toThrow();
      await redis.start();
      await ready(jobs);
      await jobs.add('later');
      await until('it is done', () => done.includes('later'), patience);
    },
    patience,
  );
});
