/** The connections that serve queries: as many as configured, replaced when lost, and no query waits for ever. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { failure } from '../../core/errors.ts';
import type { QueryWatch } from '../access.ts';
import type { DatabaseLocation } from '../location.ts';
import { isOutage, isOutOfConnections, postgresFailure } from './failures.ts';

/** How long a query may wait for a connection, in milliseconds. */
const connectTimeout = 10_000;
/** How long a query may take, in milliseconds; as long as a request to the API may. */
const queryTimeout = 30_000;
/** How long the connections there are have to do, once the server gives no more, in milliseconds. */
const contentTime = 10_000;
/** Between attempts to get one, in milliseconds. */
const retryDelay = 50;

/** Kysely's pool over node-postgres'. Its errors are failures where the database cannot be used at the moment. */
export function makePool(
  config: pg.ClientConfig,
  location: DatabaseLocation,
  watch?: QueryWatch,
): PostgresPool {
  const { maxOpenConns = 20, maxIdleConns = 10, maxLifetime = 60 } = location;
  const most = maxOpenConns || Number.POSITIVE_INFINITY;
  const pool = new pg.Pool({
    ...config,
    max: most,
    min: maxIdleConns,
    maxLifetimeSeconds: maxLifetime * 60,
    connectionTimeoutMillis: connectTimeout,
    query_timeout: queryTimeout,
  });
  // A connection that breaks is replaced, and whoever queries it hears of it; an event without a listener would end us.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return {
    async connect() {
      const began = performance.now();
      try {
        return failing(await acquire(pool, most, location), location);
      } catch (error) {
        // Kysely tells of statements only, and there won't be one.
        watch?.({ text: 'connect', seconds: (performance.now() - began) / 1000, error });
        throw error;
      }
    },
    end: () => pool.end(),
  };
}

/**
 * A server that gives no more connections still has those that it gave: they are waited for, and for a while no more
 * are asked for.
 */
async function acquire(pool: pg.Pool, most: number, location: DatabaseLocation): Promise<pg.PoolClient> {
  const deadline = performance.now() + connectTimeout;
  for (;;) {
    try {
      return await pool.connect();
    } catch (error) {
      if (!isOutOfConnections(error) || performance.now() > deadline) throw lost(error, location);
      if (pool.options.max === most) {
        setTimeout(() => {
          pool.options.max = most;
        }, contentTime).unref();
      }
      pool.options.max = Math.max(1, Math.min(pool.options.max, pool.totalCount));
      await sleep(retryDelay);
    }
  }
}

function failing(client: pg.PoolClient, location: DatabaseLocation): PostgresPoolClient {
  let broken = false;
  const query = async (text: string, parameters: readonly unknown[]) => {
    try {
      return await client.query(text, parameters.map(storable));
    } catch (error) {
      if (!isOutage(error)) throw error;
      // It may still be waiting for the answer: nobody else should get it.
      broken = true;
      throw lost(error, location);
    }
  };
  // Its other form is for cursors, which are not used.
  return { query: query as unknown as PostgresPoolClient['query'], release: () => client.release(broken) };
}

/** PostgreSQL's texts hold every character but U+0000. */
function storable(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value;
}

/** What clients of the API may know; the log has the rest. */
function lost(error: unknown, location: DatabaseLocation) {
  return failure('store/lost', {}, postgresFailure(location, error));
}
