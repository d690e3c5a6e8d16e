import type { Context } from '../../cli/context.ts';
import type { Config } from '../../config/model.ts';
import type { DatabaseLocation } from '../../store/index.ts';

/** Where the configuration says the data is. The authorities to trust have no key; libpq's variable names them. */
export function databaseOf({ database }: Config, { env }: Context): DatabaseLocation {
  return { ...database, rootCertificate: env['PGSSLROOTCERT'] };
}
