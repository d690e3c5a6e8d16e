import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import type { DatabaseLocation } from '../../src/store/index.ts';
import { findProgram } from './needs.ts';
import { until } from './poll.ts';
import { freePort } from './ports.ts';

const run = promisify(execFile);

/** PostgreSQL refuses to run as root; any other user will do. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** A password with what connection strings and password files have to escape. */
export const password = 'p:ss\\word@/%41 "s"';

export interface TestPostgres {
  port: number;
  /** Where its UNIX socket is. */
  folder: string;
  /** A fresh, empty database of the user `bedrud`, as a configuration names it. */
  database(over?: Partial<DatabaseLocation>): Promise<DatabaseLocation & { dbname: string }>;
  /** As the superuser. */
  query(text: string, dbname?: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes all of it. */
  remove(): Promise<void>;
}

interface Options {
  /** Lines for postgresql.conf. */
  settings?: string[];
  /** pg_hba.conf, instead of: any user with a password. */
  hba?: string[];
  /** PEM files: it then offers TLS. */
  tls?: { certFile: string; keyFile: string };
}

/** A cluster of its own in a temporary folder, on loopback. */
export async function startPostgres({ settings = [], hba, tls }: Options = {}): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'bedrud-pg-'));
  const own = (file: string) => nobody.uid !== undefined && chownSync(file, nobody.uid, nobody.gid);
  own(folder);
  chmodSync(folder, 0o700);
  const data = join(folder, 'data');
  const initdb = findProgram('initdb') ?? 'initdb';
  await run(initdb, ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'], {
    ...nobody,
    cwd: folder,
  });
  const port = await freePort();
  const lines = [
    `port = ${port}`,
    `listen_addresses = '127.0.0.1'`,
    `unix_socket_directories = '${folder}'`,
    'fsync = off',
    'max_connections = 20',
    ...settings,
  ];
  if (tls) {
    for (const [from, name] of [
      [tls.certFile, 'server.crt'],
      [tls.keyFile, 'server.key'],
    ] as const) {
      const to = join(data, name);
      copyFileSync(from, to);
      chmodSync(to, 0o600);
      own(to);
    }
    lines.push('ssl = on');
  }
  appendFileSync(join(data, 'postgresql.conf'), `${lines.join('\n')}\n`);
  const rules = hba ?? ['host all all 127.0.0.1/32 scram-sha-256', 'local all bedrud scram-sha-256'];
  // The superuser comes in by the socket, whatever a test does to the rest.
  writeFileSync(join(data, 'pg_hba.conf'), `local all postgres trust\n${rules.join('\n')}\n`);

  let server: ChildProcess | undefined;
  let number = 0;
  const query: TestPostgres['query'] = async (text, dbname = 'postgres') => {
    const client = new pg.Client({ host: folder, port, user: 'postgres', database: dbname });
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  };
  const started: TestPostgres = {
    port,
    folder,
    query,
    async database(over = {}) {
      number += 1;
      const dbname = `bedrud_${number}`;
      await query(`create database ${dbname} owner bedrud`);
      const [host, path] = ['127.0.0.1', ''];
      return { type: 'postgres', path, host, port, user: 'bedrud', password, ...over, dbname };
    },
    async start() {
      server = spawn(findProgram('postgres') ?? 'postgres', ['-D', data], { ...nobody, stdio: 'ignore' });
      await until('PostgreSQL', () => query('select 1').then(Boolean, () => false), 20_000);
    },
    async stop() {
      const ended = new Promise((resolve) => server?.once('exit', resolve));
      // Fast: connections are ended, not waited for.
      server?.kill('SIGINT');
      await ended;
    },
    async remove() {
      await started.stop();
      rmSync(folder, { recursive: true });
    },
  };
  await started.start();
  await query(`create role bedrud login password '${password}'`);
  return started;
}
