/** PostgreSQL's own pg_dump, with the password where no list of processes shows it. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failure, systemCode } from '../../core/errors.ts';
import type { BackupOptions } from '../backup.ts';
import { type DatabaseLocation, serverOf, usualPort } from '../location.ts';

/** Writes an archive to `file`. @throws Failure `store/no-pg-dump`, `store/dump-failed` */
export async function dumpPostgres(
  location: DatabaseLocation,
  file: string,
  { env, signal }: BackupOptions,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bedrud-dump-'));
  try {
    const { status, stderr } = await pgDump(argumentsFor(location, file), {
      env: await environment(location, env, folder),
      signal,
    });
    if (status === 0) return;
    const reason = stderr.trim().replaceAll(/\s*\n\s*/g, '; ');
    throw failure('store/dump-failed', { server: serverOf(location), reason });
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    const command = ['pg_dump', ...argumentsFor(location, file.replace(/\.partial$/, ''))]
      .map(quote)
      .join(' ');
    throw failure('store/no-pg-dump', { command }, error);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function argumentsFor({ host, port, user, dbname }: DatabaseLocation, file: string): string[] {
  return [
    '--format=custom',
    '--no-password',
    `--host=${host}`,
    `--port=${port ?? usualPort}`,
    `--username=${user}`,
    `--dbname=${dbname}`,
    `--file=${file}`,
  ];
}

type Environment = Record<string, string | undefined>;

async function environment(
  { password, sslmode, rootCertificate }: DatabaseLocation,
  env: Environment,
  folder: string,
): Promise<Environment> {
  const made: Environment = { ...env };
  if (sslmode) made['PGSSLMODE'] = sslmode;
  if (rootCertificate) made['PGSSLROOTCERT'] = rootCertificate;
  if (password) {
    const file = join(folder, 'pgpass');
    await writeFile(file, `*:*:*:*:${password.replaceAll(/[\\:]/g, '\\$&')}\n`, { mode: 0o600 });
    made['PGPASSFILE'] = file;
    // It would win over the file.
    delete made['PGPASSWORD'];
  }
  return made;
}

function pgDump(
  args: string[],
  options: { env: Environment; signal: AbortSignal },
): Promise<{ status: number; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('pg_dump', args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-2000);
    });
    child.once('error', reject);
    child.once('close', (status) => resolve({ status: status ?? 1, stderr }));
  });
}

/** For a shell. */
function quote(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
