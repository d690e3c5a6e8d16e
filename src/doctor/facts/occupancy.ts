/** Who the database and LiveKit take to be where, and how long rooms stay when nobody is. */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SfuConnection } from '../../sfu/connection.ts';
import { roomService } from '../../sfu/rooms.ts';
import type { DatabaseLocation, OpenSession } from '../../store/index.ts';
import { type FactSource, Missing } from './gather.ts';
import { connectionOf } from './sfu.ts';

export interface Occupancy {
  /** Sessions that the database has open, in rooms that LiveKit has and with participants that it has not. */
  left: OpenSession[];
  /** The same in rooms that LiveKit has no more. */
  finished: OpenSession[];
}

/** How long a webhook may be under way, in milliseconds. */
const onTheWay = 2_000;

export async function compareOccupancy(source: FactSource, signal: AbortSignal): Promise<Occupancy> {
  const connection = keyedConnection(source);
  const location = databaseOf(source);
  const { openSessionsIn } = await import('../../store/index.ts');
  const taken = await openSessionsIn(location);
  if (taken === undefined) throw new Missing('there is no database of this version of bedrud here');
  if (taken.length === 0) return { left: [], finished: [] };
  const found = await missingFrom(connection, taken, signal);
  if (found.left.length + found.finished.length === 0) return found;
  await sleep(onTheWay, undefined, { signal });
  const still = new Set((await openSessionsIn(location))?.map(({ sid }) => sid));
  const isOpen = ({ sid }: OpenSession) => still.has(sid);
  return { left: found.left.filter(isOpen), finished: found.finished.filter(isOpen) };
}

/** Which of `sessions` LiveKit knows nothing of. */
async function missingFrom(
  connection: SfuConnection,
  sessions: readonly OpenSession[],
  signal: AbortSignal,
): Promise<Occupancy> {
  const rooms = roomService(connection, signal);
  const names = [...new Set(sessions.map(({ roomName }) => roomName))];
  const live = (await rooms.listRooms(names)).map(({ name }) => name);
  const participants = await Promise.all(live.map((name) => rooms.listParticipants(name)));
  const there = new Set(participants.flat().map(({ sid }) => sid));
  const gone = sessions.filter(({ sid }) => !there.has(sid));
  return {
    left: gone.filter(({ roomName }) => live.includes(roomName)),
    finished: gone.filter(({ roomName }) => !live.includes(roomName)),
  };
}

function databaseOf({ question }: FactSource): DatabaseLocation {
  const { config, file } = question.config;
  if (file === undefined) throw new Missing("there is no configuration of Bedrud's");
  const { database } = config;
  const path = database.path === ':memory:' ? database.path : resolve(question.cwd, database.path);
  return { ...database, path, rootCertificate: question.env['PGSSLROOTCERT'] };
}

function keyedConnection(source: FactSource): SfuConnection {
  const connection = connectionOf(source);
  if (connection.apiKey === '') throw new Missing('there is no API key to ask with (livekit.apiKey)');
  return connection;
}

export interface LingeringRoom {
  name: string;
  /** How long it stays, in seconds: before anybody comes, or after the last has left. */
  seconds: number;
}

/** How long each of LiveKit's rooms stays when it is empty. */
export async function timeoutsOfRooms(source: FactSource, signal: AbortSignal): Promise<LingeringRoom[]> {
  const rooms = await roomService(keyedConnection(source), signal).listRooms();
  return rooms.map(({ name, emptyTimeout, departureTimeout }) => ({
    name,
    seconds: Math.max(emptyTimeout, departureTimeout),
  }));
}
