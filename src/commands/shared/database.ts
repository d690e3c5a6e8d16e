import { resolve } from 'node:path';
import type { Context } from '../../cli/context.ts';
import type { Config } from '../../config/model.ts';
import type { DatabaseLocation } from '../../store/index.ts';

/** The database of serve, for other commands. SQLite's file is relative to the working directory, as for serve. */
export async function databaseLocation(context: Context): Promise<DatabaseLocation> {
  const [{ configOf }, { requireValid }] = await Promise.all([
    import('./config.ts'),
    import('../../config/index.ts'),
  ]);
  const location = databaseOf(requireValid(await configOf(context), 'database'), context);
  return location.type === 'sqlite' ? { ...location, path: resolve(context.cwd, location.path) } : location;
}

/** Where the configuration says the data is. The authorities to trust have no key; libpq's variable names them. */
export function databaseOf({ database }: Config, { env }: Context): DatabaseLocation {
  return { ...database, rootCertificate: env['PGSSLROOTCERT'] };
}
