/** `bedrud db …`: the database that serve keeps its state in. */
import { resolve } from 'node:path';
import { type CommandGroup, defineCommand } from '../cli/command.ts';
import { optionalArgument } from '../cli/parameters.ts';
import { nameOf } from '../store/location.ts';
import { databaseLocation } from './shared/database.ts';

const migrate = defineCommand({
  path: 'db migrate',
  summary: 'make the tables, or bring them up to date',
  description:
    'serve does the same when it starts. All of it is done or nothing, and once, however many replicas begin at the same time.',
  examples: [{ run: 'bedrud db migrate', does: 'before replicas are replaced by a new version' }],
  async run(_, context) {
    const location = await databaseLocation(context);
    const { migrateDatabase } = await import('../store/index.ts');
    const applied = await migrateDatabase(location);
    if (applied.length === 0) context.notice(`${nameOf(location)} is up to date`);
    return { data: { database: nameOf(location), applied }, text: applied.join('\n') };
  },
});

const status = defineCommand({
  path: 'db status',
  summary: 'say where the database is, how large, and whether its tables are up to date',
  description: 'Changes nothing. Exit status 1: there are migrations to apply.',
  examples: [
    { run: 'bedrud db status', does: 'can it be reached, and is it up to date?' },
    { run: 'bedrud db status --json', does: 'for a script' },
  ],
  async run(_, context) {
    const location = await databaseLocation(context);
    const { databaseStatus } = await import('../store/index.ts');
    const { version, size, migrations } = await databaseStatus(location);
    const { textTable } = await import('../report/text/table.ts');
    const pending = migrations.filter(({ appliedAt }) => appliedAt === undefined).length;
    const head =
      version === undefined ? 'not made yet' : `${version}, ${(size / 1024 / 1024).toFixed(1)} MiB`;
    return {
      data: {
        database: nameOf(location),
        type: location.type,
        version: version ?? null,
        size,
        pending,
        migrations: migrations.map(({ name, appliedAt }) => ({
          name,
          appliedAt: appliedAt?.toISOString() ?? null,
        })),
      },
      text: (style) => {
        const rows = migrations.map(({ name, appliedAt }) => [name, appliedAt?.toISOString() ?? 'to apply']);
        return `${nameOf(location)}: ${head}\n\n${textTable(['MIGRATION', 'APPLIED'], rows, style)}`;
      },
      status: pending > 0 ? 1 : undefined,
    };
  },
});

const backup = defineCommand({
  path: 'db backup',
  summary: 'copy the database to a file, while serve goes on',
  description: `The file is for this user alone, and never replaces another. SQLite's is a database that can take the place of the first. PostgreSQL's is what pg_dump --format=custom writes, for pg_restore; it needs PostgreSQL's client programs.`,
  parameters: {
    file: optionalArgument('FILE', 'what to write; without it a name with the time, in this folder'),
  },
  examples: [
    { run: 'bedrud db backup', does: 'to bedrud-20261123T031500Z.db or .dump' },
    { run: 'bedrud db backup /var/backups/bedrud.db', does: 'to a file' },
  ],
  drains: true,
  async run({ file }, context) {
    const location = await databaseLocation(context);
    const stamp = context.host
      .now()
      .toISOString()
      .replaceAll(/[-:]|\.\d+/g, '');
    const extension = location.type === 'sqlite' ? 'db' : 'dump';
    const target = resolve(context.cwd, file ?? `bedrud-${stamp}.${extension}`);
    const { backUpDatabase } = await import('../store/backup.ts');
    await backUpDatabase(location, target, { env: context.env, signal: context.signal });
    return { data: { database: nameOf(location), file: target }, text: target };
  },
});

export default {
  summary: 'bring the database up to date, look at it and back it up',
  commands: [migrate, status, backup],
} satisfies CommandGroup;
