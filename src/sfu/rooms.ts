/** Rooms and participants, through the SDK's client: its requests and grants, our transport. */
import { RoomServiceClient } from 'livekit-server-sdk';
import type { SfuConnection } from './connection.ts';
import { twirp } from './twirp.ts';

/** The SDK's client, whose failures are `sfu/unreachable`, `sfu/denied`, `sfu/not-found`, `sfu/failed`. */
export type RoomOperations = RoomServiceClient;

/** @param signal ends requests under way */
export function roomService(connection: SfuConnection, signal?: AbortSignal): RoomOperations {
  const client = new RoomServiceClient(connection.url, connection.apiKey, connection.apiSecret);
  // The SDK takes no fetch and no transport. The field is private in its types only; the tests would notice if
  // it went away, because then skipTLSVerify and the failures of the table would stop working.
  return Object.assign(client, { rpc: twirp(connection, signal) });
}
