/** Every change to the schema, in order. One that has been released is never edited. */
import { type Kysely, type Migration, type MigrationProvider, sql } from 'kysely';

const migrations: Record<string, Migration> = {
  // biome-ignore lint/suspicious/noExplicitAny: a migration sees the schema of its own time, not today's
  '0001-rooms': { up: rooms as (db: Kysely<any>) => Promise<void> },
};

/** The list for Kysely's Migrator; part of the program, so that there are no files to find at run time. */
export const migrationProvider: MigrationProvider = { getMigrations: async () => migrations };

async function rooms(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('rooms')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('mode', 'text', (column) => column.notNull())
    .addColumn('is_public', 'integer', (column) => column.notNull())
    .addColumn('max_participants', 'integer', (column) => column.notNull())
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('rooms_active_name')
    .unique()
    .on('rooms')
    .column('name')
    .where(sql.ref('state'), '=', sql.lit('active'))
    .execute();
  await db.schema.createIndex('rooms_created_by').on('rooms').columns(['created_by', 'created_at']).execute();
  await db.schema
    .createTable('admissions')
    .addColumn('room_id', 'text', (column) => column.notNull().references('rooms.id').onDelete('cascade'))
    .addColumn('identity', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('admissions_key', ['room_id', 'identity'])
    .execute();
  await db.schema
    .createTable('sessions')
    .addColumn('sid', 'text', (column) => column.primaryKey())
    .addColumn('room_id', 'text', (column) => column.notNull().references('rooms.id').onDelete('cascade'))
    .addColumn('room_sid', 'text', (column) => column.notNull())
    .addColumn('identity', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('joined_at', 'bigint', (column) => column.notNull())
    .addColumn('left_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('sessions_open')
    .on('sessions')
    .columns(['room_id', 'identity'])
    .where(sql.ref('left_at'), 'is', null)
    .execute();
  await db.schema
    .createTable('webhook_events')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('received_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('webhook_events_received_at')
    .on('webhook_events')
    .column('received_at')
    .execute();
}
