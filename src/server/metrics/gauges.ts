/** How things are at the moment, for who scrapes. */
import { version } from '../../core/version.ts';
import type { ServerContext, SfuState } from '../context.ts';
import { readiness } from '../health.ts';
import { Gauge, type Sample } from './instruments.ts';

const sfuStates: SfuState[] = ['starting', 'ready', 'restarting', 'unreachable', 'stopped', 'failed'];

const one = (value: number | boolean): Sample[] => [{ labels: {}, value: Number(value) }];

/** @param context nothing of it is looked at before a gauge is read */
export function gauges(context: ServerContext): Gauge[] {
  const totals = () => context.store.sessions.totals();
  return [
    new Gauge(
      { name: 'bedrud_participants', help: 'Participants that are connected, on all replicas together.' },
      async () => one((await totals()).participants),
    ),
    new Gauge(
      { name: 'bedrud_rooms', help: 'Rooms that anybody is in, on all replicas together.' },
      async () => one((await totals()).rooms),
    ),
    new Gauge({ name: 'bedrud_ready', help: 'Whether /readyz answers 200.' }, async () =>
      one((await readiness(context)).ready),
    ),
    new Gauge({ name: 'bedrud_draining', help: 'Whether this replica is about to end.' }, () =>
      one(context.draining()),
    ),
    new Gauge({ name: 'bedrud_database_up', help: 'Whether the database answers.' }, async () =>
      one((await readiness(context)).database === 'up'),
    ),
    new Gauge({ name: 'bedrud_sfu_up', help: 'Whether LiveKit is ready.' }, () =>
      one(context.sfu.state() === 'ready'),
    ),
    new Gauge({ name: 'bedrud_sfu_state', help: 'The state that LiveKit is in: 1.', labels: ['state'] }, () =>
      sfuStates.map((state) => ({ labels: { state }, value: Number(context.sfu.state() === state) })),
    ),
    new Gauge(
      {
        name: 'bedrud_redis_up',
        help: 'Whether the Redis that LiveKit uses answers; without a value where none is configured.',
      },
      () => {
        const { redis } = context.recordings;
        return redis === 'off' ? [] : one(redis === 'up');
      },
    ),
    new Gauge(
      {
        name: 'bedrud_recording_up',
        help: 'Whether rooms can be recorded; without a value where recording is not configured.',
      },
      async () => {
        const { recording } = await readiness(context);
        return recording === 'off' ? [] : one(recording === 'ready');
      },
    ),
    new Gauge(
      {
        name: 'bedrud_recordings',
        help: 'Recordings by state: those in `processing` wait for their file.',
        labels: ['state'],
      },
      async () =>
        (await context.store.recordings.countByState()).map(({ state, count }) => ({
          labels: { state },
          value: count,
        })),
    ),
    new Gauge(
      { name: 'bedrud_build_info', help: 'The version that runs: 1.', labels: ['version', 'node'] },
      () => [{ labels: { version, node: process.versions.node }, value: 1 }],
    ),
  ];
}
