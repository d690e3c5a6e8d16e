/** What every room command begins with: the server, the room, and the words for what isn't there. */
import type { Context } from '../../cli/context.ts';
import { failure } from '../../core/errors.ts';
import { suggest } from '../../core/suggest.ts';
import type { ParticipantInfo, Room } from '../../sfu/participants.ts';
import type { RoomOperations } from '../../sfu/rooms.ts';
import { connectionOf } from '../shared/connection.ts';

/** The room operations of the server that the input, the environment or the configuration names. */
export async function roomsOf(
  input: Parameters<typeof connectionOf>[0],
  context: Context,
): Promise<RoomOperations> {
  const [connection, { roomService }] = await Promise.all([
    connectionOf(input, context),
    import('../../sfu/rooms.ts'),
  ]);
  context.debug(`livekit-server at ${connection.url}, API key ${connection.apiKey}`);
  return roomService(connection, context.signal);
}

/** The room `name`. @throws Failure `sfu/not-found` */
export async function requireRoom(rooms: RoomOperations, name: string): Promise<Room> {
  const [room] = await rooms.listRooms([name]);
  if (room) return room;
  const near = suggest(
    name,
    (await rooms.listRooms()).map((other) => other.name),
  );
  throw failure('sfu/not-found', {
    what: `there is no room "${name}" on this server`,
    hint: near
      ? `did you mean ${near}?`
      : 'a room exists once somebody has joined it, or after bedrud room create; bedrud room list shows them',
  });
}

/** The failure for somebody who isn't in the room. */
export function noParticipant(room: string, identity: string, present: readonly ParticipantInfo[]): Error {
  const names = present.map((participant) => participant.identity);
  const near = suggest(identity, names);
  return failure('sfu/not-found', {
    what: `"${identity}" is not in ${room}`,
    hint: near
      ? `did you mean ${near}?`
      : names.length === 0
        ? 'nobody is there'
        : `present: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`,
  });
}

/** The SDK's object as protojson: lowerCamelCase, with zeros and empty values, and without the TURN password. */
export function json(message: Room | ParticipantInfo): Record<string, unknown> {
  const value = message.toJson({ emitDefaultValues: true }) as Record<string, unknown>;
  delete value['turnPassword'];
  return value;
}
