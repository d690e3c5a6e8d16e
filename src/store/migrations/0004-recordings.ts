import { type Kysely, sql } from 'kysely';

/** Recordings, and what is told of them (and of rooms) to others. */
export async function recordings(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('recordings')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('roomId', 'text', (column) => column.notNull())
    .addColumn('roomName', 'text', (column) => column.notNull())
    .addColumn('createdBy', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('egressId', 'text')
    .addColumn('source', 'text')
    .addColumn('storageKey', 'text')
    .addColumn('fileSize', 'bigint')
    .addColumn('sha256', 'text')
    .addColumn('durationMs', 'bigint')
    .addColumn('error', 'text')
    .addColumn('createdAt', 'bigint', (column) => column.notNull())
    .addColumn('startedAt', 'bigint')
    .addColumn('endedAt', 'bigint')
    .addColumn('completedAt', 'bigint')
    .addColumn('changedAt', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('recordingsLive')
    .unique()
    .on('recordings')
    .column('roomId')
    .where(sql.ref('state'), 'in', sql`('starting', 'active', 'stopping')`)
    .execute();
  await db.schema.createIndex('recordingsRoom').on('recordings').columns(['roomId', 'createdAt']).execute();
  await db.schema.createIndex('recordingsState').on('recordings').columns(['state', 'changedAt']).execute();
  await db.schema
    .createIndex('recordingsEgress')
    .unique()
    .on('recordings')
    .column('egressId')
    .where(sql.ref('egressId'), 'is not', null)
    .execute();
  await db.schema
    .createTable('subscriptions')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('secret', 'text', (column) => column.notNull())
    .addColumn('events', 'text', (column) => column.notNull())
    .addColumn('isActive', 'integer', (column) => column.notNull())
    .addColumn('createdBy', 'text', (column) => column.notNull())
    .addColumn('createdAt', 'bigint', (column) => column.notNull())
    .addColumn('updatedAt', 'bigint', (column) => column.notNull())
    .addColumn('lastSeen', 'bigint')
    .execute();
  await db.schema
    .createTable('deliveries')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('subscriptionId', 'text', (column) =>
      column.notNull().references('subscriptions.id').onDelete('cascade'),
    )
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('status', 'integer')
    .addColumn('error', 'text')
    .addColumn('createdAt', 'bigint', (column) => column.notNull())
    .addColumn('dueAt', 'bigint')
    .addColumn('endedAt', 'bigint')
    .execute();
  await db.schema
    .createIndex('deliveriesDue')
    .on('deliveries')
    .column('dueAt')
    .where(sql.ref('dueAt'), 'is not', null)
    .execute();
  await db.schema
    .createIndex('deliveriesSubscription')
    .on('deliveries')
    .columns(['subscriptionId', 'createdAt'])
    .execute();
}
