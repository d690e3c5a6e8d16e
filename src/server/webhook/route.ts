/** POST /api/livekit/webhook: what LiveKit says happened, believed only when it is signed with our key. */
import { createHash } from 'node:crypto';
import type { WebhookEvent, WebhookReceiver } from 'livekit-server-sdk';
import { failure } from '../../core/errors.ts';
import type { App, ServerContext } from '../context.ts';
import { applyEvent } from './apply.ts';

/** LiveKit sends it with this type alone. */
const contentType = 'application/webhook+json';
/** An event holds a participant with its metadata and tracks, or an egress with its request. In bytes. */
const bodyLimit = 1024 * 1024;

export function webhook(scope: App, { store, sfu }: ServerContext): void {
  const verify = verifier(sfu.connection.apiKey, sfu.connection.apiSecret);
  scope.removeAllContentTypeParsers();
  // The signature covers the bytes as they came.
  scope.addContentTypeParser(contentType, { parseAs: 'string', bodyLimit }, (_request, body, done) =>
    done(null, body),
  );
  scope.post<{ Body: string | undefined }>('/webhook', { bodyLimit }, async (request) => {
    if (request.body === undefined) throw failure('api/unsupported-media-type', {});
    const event = await verify(request.body, request.headers.authorization);
    const fresh = await store.atomically((queries) => applyEvent(queries, event));
    request.log.debug({ event: event.event, id: event.id, fresh }, 'webhook');
    return { status: fresh ? 'applied' : 'known' };
  });
}

/** The SDK is loaded with the first webhook: it is large, and a server may wait long for one. */
function verifier(apiKey: string, apiSecret: string) {
  let loaded: Promise<{ receiver: WebhookReceiver; signed: SignatureCheck }> | undefined;
  const load = async () => {
    const { TokenVerifier, WebhookReceiver } = await import('livekit-server-sdk');
    const tokens = new TokenVerifier(apiKey, apiSecret);
    return {
      receiver: new WebhookReceiver(apiKey, apiSecret),
      signed: async (body: string, authorization: string) => {
        const hash = createHash('sha256').update(body).digest('base64');
        return tokens.verify(authorization).then(
          (claims) => claims.sha256 === hash,
          () => false,
        );
      },
    };
  };
  return async (body: string, authorization: string | undefined): Promise<WebhookEvent> => {
    if (authorization === undefined) throw failure('webhook/unauthenticated', {});
    loaded ??= load();
    const { receiver, signed } = await loaded;
    return receiver.receive(body, authorization).catch(async (error: unknown) => {
      // The receiver's errors don't say whether it was the signature or what is signed.
      const code = (await signed(body, authorization)) ? 'webhook/malformed' : 'webhook/unauthenticated';
      throw failure(code, {}, error);
    });
  };
}

type SignatureCheck = (body: string, authorization: string) => Promise<boolean>;
