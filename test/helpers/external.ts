import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jwtSecret, keys } from '../server/helpers.ts';
import { freePort } from './ports.ts';
import type { Place } from './serve.ts';

/**
 * Writes a configuration for a LiveKit that somebody else runs, here at `url`.
 * @returns where the database will be
 */
export async function configureExternal(
  place: Place,
  url: string,
  { host = 'wss://lk.example.com', apiSecret = keys.apiSecret } = {},
): Promise<string> {
  const path = join(place.cwd, 'bedrud.db');
  const config = {
    server: { host: '127.0.0.1', port: await freePort() },
    database: { path },
    livekit: { external: true, host, internalHost: url, apiKey: keys.apiKey, apiSecret },
    auth: { jwtSecret },
  };
  await writeFile(join(place.cwd, 'config.yaml'), JSON.stringify(config));
  return path;
}
