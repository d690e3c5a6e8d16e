import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DatabaseLocation, databaseStatus, migrateDatabase, openStore } from '../../src/store/index.ts';
import { makeCertificate } from '../helpers/certificate.ts';
import { describeWith } from '../helpers/needs.ts';
import { freePort } from '../helpers/ports.ts';
import { password, startPostgres, type TestPostgres } from '../helpers/postgres.ts';

const room = {
  name: 'standup',
  createdBy: 'ana',
  mode: 'standard',
  isPublic: true,
  maxParticipants: 20,
  settings: {},
};
const admission = (roomId: string, identity: string) => ({
  roomId,
  identity,
  userId: identity,
  name: identity,
  expiresAt: Date.now() + 60_000,
});

/** What opening the store fails with. */
async function failureOf(location: DatabaseLocation) {
  const error = await openStore(location).then(
    async (store) => {
      await store.close();
      throw new Error('it opened');
    },
    (reason: unknown) => reason as Error & { code: string; hint: string },
  );
  expect(inspect(error, { depth: 6 })).not.toContain(password);
  return error;
}

describeWith(['initdb', 'postgres'], 'PostgreSQL', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  test('gives the last seat to one of two hundred who ask two replicas', async () => {
    const location = await postgres.database({ maxOpenConns: 15 });
    // Together more than the server has connections.
    const [one, two] = await Promise.all([openStore(location), openStore(location)]);
    const { id } = await one.rooms.create(room);
    for (let n = 0; n < 19; n += 1) await two.admissions.admit(admission(id, `early-${n}`));
    const asked = Array.from({ length: 200 }, (_, n) =>
      (n % 2 ? one : two).admissions.admit(admission(id, `late-${n}`)),
    );
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const reasons = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason.code] : [],
    );
    expect(new Set(reasons)).toEqual(new Set(['room/full']));
    await Promise.all([one.close(), two.close()]);
  });

  test('holds to the limit of rooms and to one room of a name across replicas', async () => {
    const location = await postgres.database();
    const [one, two] = await Promise.all([openStore(location), openStore(location)]);
    const create = (n: number, name: string) => (n % 2 ? one : two).rooms.create({ ...room, name }, 3);
    const made = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => create(n, `room-${n}`)));
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    const same = await Promise.allSettled(
      ['ben', 'cy', 'dan', 'eve'].map((createdBy, n) =>
        (n % 2 ? one : two).rooms.create({ ...room, createdBy, name: 'the-one' }, 3),
      ),
    );
    expect(same.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(same.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'room/name-taken' },
    });
    await Promise.all([one.close(), two.close()]);
  });

  test('has reports that come to two replicas at once end up the same', async () => {
    const location = await postgres.database();
    const [one, two] = await Promise.all([openStore(location), openStore(location)]);
    const { id: roomId } = await one.rooms.create(room);
    const round = async (n: number) => {
      const [roomSid, identity] = [`RM_${n}`, `user-${n}`];
      const fact = { roomId, roomSid, identity, name: identity };
      await Promise.all([
        one.sessions.joined({ ...fact, sid: `PA_a${n}`, joinedAt: 1000 }),
        two.sessions.joined({ ...fact, sid: `PA_b${n}`, joinedAt: 2000 }),
        two.sessions.roomEnded(roomId, roomSid, 3000),
      ]);
    };
    for (let n = 0; n < 25; n += 1) await round(n);
    const ends = (await one.sessions.ofRoom(roomId, 100)).map(({ leftAt }) => leftAt);
    expect(ends.filter((at) => at === 2000)).toHaveLength(25);
    expect(ends.filter((at) => at === 3000)).toHaveLength(25);
    await Promise.all([one.close(), two.close()]);
  });

  test('lets two replicas note the same events at once, in any order, and each event once', async () => {
    const location = await postgres.database();
    const [one, two] = await Promise.all([openStore(location), openStore(location)]);
    for (let n = 0; n < 20; n += 1) {
      const events = Array.from({ length: 64 }, (_, m) => ({ id: `EV_${n}_${m}`, event: 'x' }));
      const both = [one.webhookEvents.note(events), two.webhookEvents.note(events.toReversed())];
      const noted = (await Promise.all(both)).flatMap((ids) => [...ids]);
      expect(noted.toSorted()).toEqual(events.map(({ id }) => id).toSorted());
    }
    await Promise.all([one.close(), two.close()]);
  });

  test('is migrated once by replicas that start at the same time', async () => {
    const location = await postgres.database();
    const applied = await Promise.all(Array.from({ length: 6 }, () => migrateDatabase(location)));
    const { version, migrations } = await databaseStatus(location);
    expect(applied.flat().toSorted()).toEqual(migrations.map(({ name }) => name));
    expect(migrations.every(({ appliedAt }) => appliedAt instanceof Date)).toBe(true);
    expect(version).toMatch(/^PostgreSQL \d+\.\d+$/);
  });

  test('is looked at without a change', async () => {
    const location = await postgres.database();
    const { migrations } = await databaseStatus(location);
    expect(migrations[0]).toMatchObject({ name: '0001-rooms', appliedAt: undefined });
    const tables = `select count(*) as n from pg_tables where schemaname = 'public'`;
    expect(await postgres.query(tables, location.dbname)).toEqual([{ n: '0' }]);
  });

  test('of a newer version or of another program is refused', async () => {
    const newer = await postgres.database();
    await migrateDatabase(newer);
    await postgres.query(`insert into kysely_migration values ('9999-future', '2030-01-01')`, newer.dbname);
    expect(await failureOf(newer)).toMatchObject({
      code: 'store/newer-schema',
      message: expect.stringContaining('9999-future'),
    });
    const foreign = await postgres.database();
    await postgres.query('create table rooms (id text)', foreign.dbname);
    expect(await failureOf(foreign)).toMatchObject({ code: 'store/foreign' });
    const other = await postgres.database();
    await postgres.query('create table sessions (id text)', other.dbname);
    expect(await failureOf(other)).toMatchObject({ code: 'store/other-schema' });
  });

  test('can be reached by its UNIX socket', async () => {
    const store = await openStore(await postgres.database({ host: postgres.folder, sslmode: 'require' }));
    await store.ping();
    await store.close();
  });

  test('says what is wrong, and what to do', async () => {
    const location = await postgres.database();
    expect(await failureOf({ ...location, port: await freePort() })).toMatchObject({
      code: 'store/unreachable',
      message: expect.stringContaining('connection refused'),
      exit: 3,
    });
    expect(await failureOf({ ...location, host: tmpdir() })).toMatchObject({
      code: 'store/unreachable',
      message: expect.stringContaining('no such socket'),
    });
    expect(await failureOf({ ...location, host: 'nowhere.invalid' })).toMatchObject({
      code: 'store/unreachable',
    });
    expect(await failureOf({ ...location, password: 'wrong-password' })).toMatchObject({
      code: 'store/denied',
      hint: expect.stringContaining('database.password'),
    });
    expect(await failureOf({ ...location, dbname: 'missing' })).toMatchObject({
      code: 'store/no-database',
      hint: expect.stringContaining('createdb --owner=bedrud missing'),
    });
    expect(await failureOf({ ...location, sslmode: 'require' })).toMatchObject({
      code: 'store/tls-not-offered',
    });
    // The database of somebody else, as every one is since PostgreSQL 15.
    await postgres.query('revoke create on schema public from public');
    expect(await failureOf({ ...location, dbname: 'postgres' })).toMatchObject({
      code: 'store/no-permission',
      hint: expect.stringContaining('alter database postgres owner to bedrud'),
    });
    await postgres.query(`alter database ${location.dbname} set default_transaction_read_only = on`);
    expect(await failureOf(location)).toMatchObject({ code: 'store/read-only' });
    await postgres.query('alter role bedrud connection limit 0');
    expect(await failureOf(await postgres.database())).toMatchObject({ code: 'store/too-many-connections' });
    await postgres.query('alter role bedrud connection limit -1');
  });

  test('that accepts and then says nothing is given up on', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const location = await postgres.database({ port });
    const outcomes = await Promise.all([
      failureOf({ ...location, sslmode: 'prefer' }),
      failureOf({ ...location, sslmode: 'disable' }),
    ]);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        code: 'store/unreachable',
        message: expect.stringContaining('no answer in time'),
      });
    }
    silent.close();
  });

  test('that goes away is an outage, and served again when it is back', async () => {
    const told: { text: string; error?: unknown }[] = [];
    const store = await openStore(await postgres.database(), (statement) => told.push(statement));
    const { id } = await store.rooms.create(room);
    // Busy with these, and with some of their connections between two queries.
    const busy = Array.from({ length: 200 }, (_, n) => store.admissions.admit(admission(id, `user-${n}`)));
    const settled = Promise.allSettled(busy);
    await busy[0];
    await postgres.stop();
    const outcomes = await settled;
    const reasons = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason.code] : [],
    );
    expect(new Set(reasons)).toEqual(new Set(['store/lost']));
    await expect(store.rooms.byId(id)).rejects.toMatchObject({ code: 'store/lost', http: 503 });
    await expect(store.admissions.admit(admission(id, 'ben'))).rejects.toMatchObject({ code: 'store/lost' });
    expect(told.at(-1)).toMatchObject({ text: 'connect', error: { code: 'store/lost' } });
    await postgres.start();
    expect(await store.rooms.byId(id)).toMatchObject({ name: 'standup' });
    await store.close();
  });
});

describeWith(['initdb', 'postgres', 'openssl'], 'PostgreSQL with TLS', () => {
  const { certFile, keyFile } = makeCertificate('db.example.com');
  const other = makeCertificate('db.example.com');
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres({
      tls: { certFile, keyFile },
      hba: ['hostssl all all 127.0.0.1/32 scram-sha-256'],
    });
  });
  afterAll(() => postgres?.remove());

  test.each(['allow', 'prefer', 'require', undefined])('is used with sslmode %s', async (sslmode) => {
    const store = await openStore(await postgres.database({ sslmode }));
    await store.ping();
    await store.close();
  });

  test('is verified when asked for', async () => {
    const location = await postgres.database({ rootCertificate: certFile });
    for (const sslmode of ['verify-ca', 'verify-full']) {
      const store = await openStore({ ...location, sslmode });
      await store.ping();
      await store.close();
      expect(await failureOf({ ...location, sslmode, rootCertificate: other.certFile })).toMatchObject({
        code: 'store/certificate',
      });
      expect(await failureOf({ ...location, sslmode, rootCertificate: undefined })).toMatchObject({
        code: 'store/certificate',
        hint: expect.stringContaining('PGSSLROOTCERT'),
      });
    }
    // The certificate is for 127.0.0.1 and db.example.com.
    expect(await failureOf({ ...location, host: 'localhost', sslmode: 'verify-full' })).toMatchObject({
      code: 'store/certificate',
    });
    const store = await openStore({ ...location, host: 'localhost', sslmode: 'verify-ca' });
    await store.close();
  });

  test('is asked for by name where the configuration turned it off', async () => {
    const location = await postgres.database({ sslmode: 'disable' });
    expect(await failureOf(location)).toMatchObject({
      code: 'store/tls-required',
      hint: expect.stringContaining('require'),
    });
  });
});
