import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseLocation } from '../../src/store/index.ts';
import { jwtSecret, keys } from '../server/helpers.ts';
import { freePort } from './ports.ts';
import type { Place } from './serve.ts';

/** How {@link configureExternal} departs from what most tests want. */
interface External {
  /** What clients are told. */
  host?: string;
  apiSecret?: string;
  /** A file in the place's folder, if not given. */
  database?: DatabaseLocation;
  /** More keys of `server`. */
  server?: object;
}

/** Writes a configuration for a LiveKit that somebody else runs, here at `url`. */
export async function configureExternal(
  place: Place,
  url: string,
  { host = 'wss://lk.example.com', apiSecret = keys.apiSecret, database, server }: External = {},
): Promise<void> {
  const { password, ...rest } = database ?? { path: join(place.cwd, 'bedrud.db') };
  if (password !== undefined) place.env['DB_PASSWORD'] = password;
  const config = {
    server: { host: '127.0.0.1', port: await freePort(), ...server },
    database: rest,
    livekit: { external: true, host, internalHost: url, apiKey: keys.apiKey, apiSecret },
    auth: { jwtSecret },
  };
  await writeFile(join(place.cwd, 'config.yaml'), JSON.stringify(config));
}
