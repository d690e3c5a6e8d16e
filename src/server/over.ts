/** The end of requests: also of those whose clients have left, of which Fastify's onResponse says nothing. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from './context.ts';

declare module 'fastify' {
  interface FastifyReply {
    /** Those who listen have been told. */
    over: boolean;
  }
}

/** Told of a request that is over, and with which status. */
export type OverListener = (request: FastifyRequest, reply: FastifyReply, status: number) => void;

/** The client did not wait for the answer; as proxies have it in their logs. */
export const clientLeft = 499;

export function whenOver(app: App, listeners: readonly OverListener[]): void {
  const tell = (request: FastifyRequest, reply: FastifyReply, status: number) => {
    if (reply.over) return;
    reply.over = true;
    for (const listener of listeners) listener(request, reply, status);
  };
  app.decorateReply('over', false);
  app.addHook('onRequest', (request, reply, done) => {
    // Node knows the address of a closed connection only if it was asked for it before.
    void request.raw.socket.remoteAddress;
    reply.raw.once('close', () => tell(request, reply, clientLeft));
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    tell(request, reply, reply.statusCode);
    done();
  });
}
