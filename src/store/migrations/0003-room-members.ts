/** Rooms get states, bans and moderators. */
import { type Kysely, sql } from 'kysely';

export async function roomMembers(
  db: Kysely<{ rooms: { createdAt: number; stateSince: number } }>,
): Promise<void> {
  await db.schema
    .alterTable('rooms')
    .addColumn('stateSince', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await db
    .updateTable('rooms')
    .set(({ ref }) => ({ stateSince: ref('createdAt') }))
    .execute();
  // A room that is suspended keeps its name.
  await db.schema.dropIndex('roomsActiveName').execute();
  await db.schema
    .createIndex('roomsName')
    .unique()
    .on('rooms')
    .column('name')
    .where(sql.ref('state'), '<>', sql.lit('archived'))
    .execute();
  for (const [table, by, at] of [
    ['bans', 'bannedBy', 'bannedAt'],
    ['moderators', 'promotedBy', 'promotedAt'],
  ] as const) {
    await db.schema
      .createTable(table)
      .addColumn('roomId', 'text', (column) => column.notNull().references('rooms.id').onDelete('cascade'))
      .addColumn('identity', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn(by, 'text', (column) => column.notNull())
      .addColumn(at, 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint(`${table}Key`, ['roomId', 'identity'])
      .execute();
  }
}
