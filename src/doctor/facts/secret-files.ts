/** Files of this host that hold secrets, and what their modes let others do with them. */
import { lstat, realpath } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname, resolve } from 'node:path';
import { tlsMode } from '../../config/index.ts';
import { secretsIn } from '../../config/secrets.ts';
import { type FactSource, Missing } from './gather.ts';

export interface SecretFile {
  /** As the operator named it. */
  file: string;
  /** What is in it, for a sentence. */
  holds: string;
  /** Permissions alone. */
  mode: number;
  /** May everybody on this host read or write it? What lies in a folder that is closed to them is closed too. */
  open: boolean;
}

/** @throws Missing on Windows, where modes say nothing */
export async function lookAtSecretFiles({ question }: FactSource): Promise<SecretFile[]> {
  if (platform() === 'win32') throw new Missing('on Windows, access lists say who may read a file');
  const { config, file, source = '' } = question.config;
  const tls = tlsMode(config.server);
  const candidates = [
    ...(file !== undefined && secretsIn(config).some((secret) => source.includes(secret))
      ? [{ file, holds: 'the secrets in it' }]
      : []),
    ...(config.database.type === 'sqlite'
      ? [{ file: config.database.path, holds: 'who was in which room, and the secrets of webhooks' }]
      : []),
    ...('keyFile' in tls ? [{ file: tls.keyFile, holds: 'the private key of the certificate' }] : []),
  ];
  const found = await Promise.all(
    candidates.map(async (one) => {
      const seen = await access(resolve(question.cwd, one.file));
      return seen && { ...one, ...seen };
    }),
  );
  return found.filter((one) => one !== undefined);
}

/** @returns undefined where there is none, or it can't be looked at */
async function access(path: string): Promise<Pick<SecretFile, 'mode' | 'open'> | undefined> {
  try {
    // Certificates are often links to the newest of them.
    const real = await realpath(path);
    const mode = (await lstat(real)).mode & 0o7777;
    return { mode, open: (mode & 0o006) !== 0 && (await isReachable(dirname(real))) };
  } catch {
    return undefined;
  }
}

/** May others go into the folder, and into those around it? */
async function isReachable(folder: string): Promise<boolean> {
  const { mode } = await lstat(folder);
  if ((mode & 0o001) === 0) return false;
  const above = dirname(folder);
  return above === folder || isReachable(above);
}
