/** PostgreSQL, through node-postgres. */
import { Kysely, PostgresDialect, type PostgresPool, sql } from 'kysely';
import pg from 'pg';
import { failure } from '../../core/errors.ts';
import { type Access, type QueryWatch, watched } from '../access.ts';
import { type DatabaseLocation, serverOf, usualPort } from '../location.ts';
import type { Database } from '../schema.ts';
import { isNotAllowed, noAnswer, postgresFailure } from './failures.ts';
import { makePool } from './pool.ts';
import { offersTls, type Tls, tlsFor, unverified } from './tls.ts';

/** How long the first connection may take, in milliseconds. */
const firstConnect = 5_000;

/**
 * Connects once, to find out whether and how.
 * @throws Failure `store/…`
 */
export async function accessPostgres(location: DatabaseLocation, watch?: QueryWatch): Promise<Access> {
  const { client, config } = await reach(location);
  const db = kyselyOn(single(client));
  return {
    db,
    async serving() {
      await db.destroy();
      return kyselyOn(makePool(config, location, watch), watch);
    },
    failureOf: (error) => postgresFailure(location, error),
    async version() {
      const { rows } = await sql<{ v: string }>`select current_setting('server_version') as v`.execute(db);
      return `PostgreSQL ${rows[0]?.v.replace(/ .*/, '')}`;
    },
    async size() {
      const { rows } = await sql<{ n: number }>`select pg_database_size(current_database()) as n`.execute(db);
      return rows[0]?.n ?? 0;
    },
  };
}

function kyselyOn(pool: PostgresPool, watch?: QueryWatch): Kysely<Database> {
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }), ...watched(watch) });
}

/** A pool of one connection, which is there already. */
function single(client: pg.Client): PostgresPool {
  let ended = false;
  const lease = { query: client.query.bind(client), release: () => {} };
  return {
    connect: async () => lease as Awaited<ReturnType<PostgresPool['connect']>>,
    async end() {
      if (!ended) await client.end();
      ended = true;
    },
  };
}

interface Reached {
  client: pg.Client;
  /** What the connection was made with, to make more. */
  config: pg.ClientConfig;
}

async function reach(location: DatabaseLocation): Promise<Reached> {
  try {
    const tls = await tlsFor(location, firstConnect);
    return await connect(location, tls).catch((error: unknown) => withOtherTls(location, tls, error));
  } catch (error) {
    throw postgresFailure(location, error);
  }
}

/** A connection failed: is it that the server wants TLS, or hasn't any? */
async function withOtherTls(location: DatabaseLocation, tls: Tls, error: unknown): Promise<Reached> {
  const { host = '', sslmode } = location;
  if (host.startsWith('/')) throw error;
  const server = serverOf(location);
  if (tls !== false) {
    if (await offersTls(location, firstConnect)) throw error;
    throw failure('store/tls-not-offered', { server, sslmode: sslmode ?? '' }, error);
  }
  if (!isNotAllowed(error) || !(await offersTls(location, firstConnect))) throw error;
  // With `disable` only to be able to say so.
  const secured = await connect(location, unverified).catch((other: unknown) => {
    throw isNotAllowed(other) || sslmode === 'allow' ? other : tlsRequired();
  });
  if (sslmode === 'allow') return secured;
  await secured.client.end();
  throw tlsRequired();

  function tlsRequired() {
    return failure('store/tls-required', { server, sslmode: sslmode ?? '' }, error);
  }
}

async function connect(location: DatabaseLocation, ssl: Tls): Promise<Reached> {
  const { host, port = usualPort, user, password, dbname } = location;
  const config: pg.ClientConfig = {
    host,
    port,
    user,
    password,
    database: dbname,
    ssl,
    application_name: 'bedrud',
    keepAlive: true,
    types: { getTypeParser },
  };
  const client = new pg.Client({ ...config, connectionTimeoutMillis: firstConnect });
  // Without a listener, a connection that is lost while idle would end the process.
  client.on('error', () => {});
  const began = performance.now();
  await client.connect().catch((error: unknown) => {
    // Its own error says so by its text alone.
    throw performance.now() - began < firstConnect ? error : noAnswer(error);
  });
  return { client, config };
}

/** Times in milliseconds and counts are bigint to PostgreSQL, and safe as numbers. */
const getTypeParser = ((oid: number, format?: 'text') =>
  oid === pg.types.builtins.INT8
    ? Number
    : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser;
