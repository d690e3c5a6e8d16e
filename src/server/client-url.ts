/** Where browsers reach LiveKit. */
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config/model.ts';

/**
 * livekit.host where it is set; otherwise this server's own /livekit: under server.domain, or under the name by
 * which the request came.
 */
export function clientUrl(
  { server, livekit }: Pick<Config, 'server' | 'livekit'>,
  request: Pick<FastifyRequest, 'protocol' | 'host'>,
): string {
  if (livekit.host) return livekit.host;
  const secure = request.protocol === 'https' || (server.behindProxy && server.domain !== undefined);
  return `${secure ? 'wss' : 'ws'}://${authority(server, secure, request.host)}/livekit`;
}

function authority(server: Config['server'], secure: boolean, asked: string): string {
  if (!server.domain) return asked;
  // A proxy in front listens on the usual port, whatever ours is.
  const usual = server.behindProxy || server.port === (secure ? 443 : 80);
  return usual ? server.domain : `${server.domain}:${server.port}`;
}
