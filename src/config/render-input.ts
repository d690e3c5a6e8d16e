import { resolve } from 'node:path';
import type { RenderInput, ServerTls } from '../livekit/render/index.ts';
import type { Config } from './model.ts';
import { tlsMode } from './tls.ts';

/** What rendering LiveKit's file takes of `config`. @param cwd what relative paths start from, for LiveKit as well */
export function renderInputOf({ server, livekit }: Config, cwd: string): RenderInput {
  const { certFile, keyFile, ...turn } = livekit.turn;
  return {
    server: { host: server.host, port: server.port, ...(server.domain ? { domain: server.domain } : {}) },
    tls: absoluteTls(tlsMode(server), cwd),
    livekit: {
      ...livekit,
      turn: {
        ...turn,
        ...(certFile ? { certFile: resolve(cwd, certFile) } : {}),
        ...(keyFile ? { keyFile: resolve(cwd, keyFile) } : {}),
      },
    },
  };
}

function absoluteTls(tls: ServerTls, cwd: string): ServerTls {
  if (!('certFile' in tls)) return tls;
  return { ...tls, certFile: resolve(cwd, tls.certFile), keyFile: resolve(cwd, tls.keyFile) };
}
