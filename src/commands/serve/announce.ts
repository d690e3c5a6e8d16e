/** What `serve` writes to stdout once it is ready. */
import type { Context } from '../../cli/context.ts';
import { signJwt } from '../../core/jwt.ts';
import { mintToken } from '../../sfu/tokens.ts';
import type { Running } from './run.ts';
import type { Settings } from './settings.ts';

const room = 'demo';
const owner = 'operator';
const guest = 'guest';
/** Long enough to try things, in milliseconds. */
const ttlMs = 3_600_000;

/** Nothing for a server that people run; for programs the facts; with --dev what to type next. */
export async function* announce(
  running: Running,
  settings: Settings,
  context: Context,
): AsyncGenerator<string> {
  const { server, sfu } = running;
  const demo = settings.devFolder === undefined ? undefined : await makeDemo(running, settings);
  if (context.format === 'json') {
    yield JSON.stringify({
      url: server.url,
      sfu: { kind: sfu.kind, name: sfu.name, url: sfu.connection.url },
      ...(demo ? { dev: { ...demo, config: configOf(settings) } } : {}),
    });
    return;
  }
  if (demo === undefined) return;
  yield `
Bedrud is running, for this host alone.

  Status page  ${server.url}/
  LiveKit      ${demo.livekitUrl}  (${sfu.name})
  Room         ${room}

A token to join it as "${guest}", good for an hour:

  ${demo.token}

Another one, for whoever the access token names, from the API:

  curl -s ${server.url}/api/room/join -H 'Content-Type: application/json' -d '{"roomName":"${room}"}' \\
    -H 'Authorization: Bearer ${demo.accessToken}'

In another terminal:

  bedrud -c ${configOf(settings)} room participants ${room}
  bedrud -c ${configOf(settings)} room kick ${room} ${guest}

Ctrl-C ends it and removes what it made.
`;
}

interface Demo {
  room: string;
  livekitUrl: string;
  token: string;
  accessToken: string;
}

/** A room to try things in, a token to join it and one to call the API with. */
async function makeDemo({ server, sfu, store }: Running, settings: Settings): Promise<Demo> {
  const demo = {
    name: room,
    createdBy: owner,
    mode: 'standard',
    isPublic: true,
    maxParticipants: 20,
    settings: {},
  };
  if ((await store.rooms.byName(room)) === undefined) await store.rooms.create(demo);
  const claims = { userId: owner, name: 'Operator', email: '', provider: 'local', accesses: ['superadmin'] };
  const iat = Math.floor(Date.now() / 1000);
  return {
    room,
    livekitUrl: `${server.url.replace(/^http/, 'ws')}/livekit`,
    token: mintToken(sfu.connection, { identity: guest, name: 'Guest', room, ttlMs }),
    accessToken: signJwt({ ...claims, iat, exp: iat + ttlMs / 1000 }, settings.jwtSecret),
  };
}

function configOf({ loaded }: Settings): string {
  return loaded.file ?? 'config.yaml';
}
