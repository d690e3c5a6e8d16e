/** Every change to the schema, in order. One that has been released is never edited. */
import { type Kysely, type Migration, type MigrationProvider, sql } from 'kysely';
import { roomMembers } from './migrations/0003-room-members.ts';
import { recordings } from './migrations/0004-recordings.ts';
import { hotPaths } from './migrations/0005-hot-paths.ts';
import { enter } from './migrations/0006-enter.ts';
import { enterEach } from './migrations/0007-enter-each.ts';

const migrations: Record<string, Migration> = {
  // biome-ignore lint/suspicious/noExplicitAny: a migration sees the schema of its own time, not today's
  '0001-rooms': { up: rooms as (db: Kysely<any>) => Promise<void> },
  // biome-ignore lint/suspicious/noExplicitAny: as above
  '0002-true-state': { up: trueState as (db: Kysely<any>) => Promise<void> },
  // biome-ignore lint/suspicious/noExplicitAny: as above
  '0003-room-members': { up: roomMembers as (db: Kysely<any>) => Promise<void> },
  // biome-ignore lint/suspicious/noExplicitAny: as above
  '0004-recordings': { up: recordings as (db: Kysely<any>) => Promise<void> },
  // biome-ignore lint/suspicious/noExplicitAny: as above
  '0005-hot-paths': { up: hotPaths as (db: Kysely<any>) => Promise<void> },
  // biome-ignore lint/suspicious/noExplicitAny: as above
  '0006-enter': { up: enter as (db: Kysely<any>) => Promise<void> },
  // biome-ignore lint/suspicious/noExplicitAny: as above
  '0007-enter-each': { up: enterEach as (db: Kysely<any>) => Promise<void> },
};

/** The list for Kysely's Migrator; part of the program, so that there are no files to find at run time. */
export const migrationProvider: MigrationProvider = { getMigrations: async () => migrations };

async function rooms(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('rooms')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('createdBy', 'text', (column) => column.notNull())
    .addColumn('mode', 'text', (column) => column.notNull())
    .addColumn('isPublic', 'integer', (column) => column.notNull())
    .addColumn('maxParticipants', 'integer', (column) => column.notNull())
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('createdAt', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('roomsActiveName')
    .unique()
    .on('rooms')
    .column('name')
    .where(sql.ref('state'), '=', sql.lit('active'))
    .execute();
  await db.schema.createIndex('roomsCreatedBy').on('rooms').columns(['createdBy', 'createdAt']).execute();
  await db.schema
    .createTable('admissions')
    .addColumn('roomId', 'text', (column) => column.notNull().references('rooms.id').onDelete('cascade'))
    .addColumn('identity', 'text', (column) => column.notNull())
    .addColumn('userId', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('expiresAt', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('admissionsKey', ['roomId', 'identity'])
    .execute();
  await db.schema
    .createTable('sessions')
    .addColumn('sid', 'text', (column) => column.primaryKey())
    .addColumn('roomId', 'text', (column) => column.notNull().references('rooms.id').onDelete('cascade'))
    .addColumn('roomSid', 'text', (column) => column.notNull())
    .addColumn('identity', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('joinedAt', 'bigint', (column) => column.notNull())
    .addColumn('leftAt', 'bigint')
    .execute();
  await db.schema
    .createIndex('sessionsOpen')
    .on('sessions')
    .columns(['roomId', 'identity'])
    .where(sql.ref('leftAt'), 'is', null)
    .execute();
  await db.schema
    .createTable('webhookEvents')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('receivedAt', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('webhookEventsReceivedAt').on('webhookEvents').column('receivedAt').execute();
}

async function trueState(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('roomEndings')
    .addColumn('roomSid', 'text', (column) => column.primaryKey())
    .addColumn('endedAt', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('leases')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('expiresAt', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('sessionsIdentity')
    .on('sessions')
    .columns(['roomId', 'identity', 'joinedAt'])
    .execute();
}
