/** For load balancers and orchestrators: is the process alive, and can it serve? */
import { setTimeout as sleep } from 'node:timers/promises';
import type { App, ServerContext, SfuState } from './context.ts';
import { operation } from './openapi/operation.ts';

export interface Readiness {
  ready: boolean;
  draining: boolean;
  database: 'up' | 'down';
  /** What recording needs, and LiveKit that has one; `off`: not configured. */
  redis: 'off' | 'up' | 'down';
  sfu: SfuState;
  /** `off`: not configured. Everything else works without it. */
  recording: 'off' | 'ready' | 'unavailable';
  /** Why nothing is recorded. */
  reason?: string;
}

/** How long the database may take to answer, in milliseconds: those who ask here wait for no more than a second or two. */
const patience = 1_000;

/** How the parts are at this moment. */
export async function readiness({ store, sfu, recordings, draining }: ServerContext): Promise<Readiness> {
  const database = await Promise.race([
    store.ping().then(() => 'up' as const),
    sleep(patience, 'down' as const, { ref: false }),
  ]).catch(() => 'down' as const);
  const state = sfu.state();
  const ending = draining();
  return {
    ready: database === 'up' && state === 'ready' && !ending,
    draining: ending,
    database,
    redis: recordings.redis,
    sfu: state,
    ...recordingState(recordings),
  };
}

function recordingState({ obstacle }: ServerContext['recordings']): Pick<Readiness, 'recording' | 'reason'> {
  if (obstacle === undefined) return { recording: 'ready' };
  return {
    recording: obstacle.code === 'recording/off' ? 'off' : 'unavailable',
    reason: obstacle.message,
  };
}

const healthy = operation({
  summary: 'Is the process alive?',
  tag: 'Health',
  caller: 'anyone',
  answers: {
    200: {
      description: 'It answers.',
      schema: { type: 'object', required: ['status'], properties: { status: { const: 'ok' } } },
    },
  },
});

const state = {
  type: 'object',
  required: ['status', 'checks'],
  properties: {
    status: { enum: ['ready', 'not ready', 'draining'] },
    checks: {
      type: 'object',
      required: ['database', 'redis', 'sfu', 'recording'],
      properties: {
        database: { enum: ['up', 'down'] },
        redis: {
          enum: ['off', 'up', 'down'],
          description: 'Does not count. While it is down nothing is recorded, and LiveKit lets nobody in.',
        },
        sfu: { enum: ['starting', 'ready', 'restarting', 'unreachable', 'stopped', 'failed'] },
        recording: {
          enum: ['off', 'ready', 'unavailable'],
          description: 'Does not count: everything else works without it.',
        },
        reason: { type: 'string', description: 'Why nothing is recorded.' },
      },
    },
  },
};
const ready = operation({
  summary: 'Can it serve?',
  tag: 'Health',
  caller: 'anyone',
  answers: {
    200: { description: 'Every part is there.', schema: state },
    503: { description: 'One is not, or the server is about to end.', schema: state },
  },
});

/** GET /healthz: 200 while the process answers at all. GET /readyz: 200 or 503, and which part it is. */
export function health(app: App, context: ServerContext): void {
  app.get('/healthz', { schema: healthy }, async () => ({ status: 'ok' }));
  app.get('/readyz', { schema: ready }, async (_request, reply) => {
    const { ready, draining, ...checks } = await readiness(context);
    reply.status(ready ? 200 : 503);
    return { status: ready ? 'ready' : draining ? 'draining' : 'not ready', checks };
  });
}
