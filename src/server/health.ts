/** For load balancers and orchestrators: is the process alive, and can it serve? */
import type { App, ServerContext, SfuState } from './context.ts';

export interface Readiness {
  ready: boolean;
  draining: boolean;
  database: 'up' | 'down';
  sfu: SfuState;
}

/** How the parts are at this moment. */
export async function readiness({ store, sfu, draining }: ServerContext): Promise<Readiness> {
  const database = await store.ping().then(
    () => 'up' as const,
    () => 'down' as const,
  );
  const state = sfu.state();
  const ending = draining();
  return { ready: database === 'up' && state === 'ready' && !ending, draining: ending, database, sfu: state };
}

/** GET /healthz: 200 while the process answers at all. GET /readyz: 200 or 503, and which part it is. */
export function health(app: App, context: ServerContext): void {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const { ready, draining, database, sfu } = await readiness(context);
    reply.status(ready ? 200 : 503);
    return { status: ready ? 'ready' : draining ? 'draining' : 'not ready', checks: { database, sfu } };
  });
}
