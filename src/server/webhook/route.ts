/** POST /api/livekit/webhook: what LiveKit says happened, believed only when it is signed with our key. */
import { type ErrorCode, Failure, failure } from '../../core/errors.ts';
import type { App, ServerContext } from '../context.ts';
import { doorkeeper } from '../door.ts';
import { eventLabel, type WebhookOutcome } from '../metrics/index.ts';
import { operation } from '../openapi/operation.ts';
import { intake } from './intake.ts';
import { Refusals } from './refusals.ts';
import { verifier } from './verify.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** On the webhook's route: the hash that the signature covers. */
    signedHash: string;
  }
}

/** LiveKit sends it with this type alone. */
const contentType = 'application/webhook+json';
/** An event holds a participant with its metadata and tracks, or an egress with its request. In bytes. */
const bodyLimit = 1024 * 1024;

/** What a delivery that failed is counted as, by the status of its answer. */
const refused: Record<number, WebhookOutcome> = {
  400: 'malformed',
  401: 'unauthenticated',
  408: 'incomplete',
  413: 'too_large',
  415: 'unsupported_type',
  429: 'rate_limited',
};

const schema = operation({
  summary: 'What LiveKit says happened',
  description:
    'LiveKit’s signed events, `application/webhook+json` of at most 1 MiB, each once and in any order. The signature is in `Authorization`.',
  tag: 'LiveKit',
  caller: 'anyone',
  answers: {
    200: {
      description: 'It is kept, was before, or means nothing here.',
      schema: {
        type: 'object',
        required: ['status'],
        properties: { status: { enum: ['applied', 'known', 'ignored'] } },
      },
    },
  },
  refusals: [
    'webhook/malformed',
    'webhook/unauthenticated',
    'webhook/rate-limited',
    'api/too-large',
    'api/unsupported-media-type',
  ],
});

/**
 * LiveKit repeats a delivery after network errors, 5xx and 429; any other answer is final. So an event that can't be
 * kept at the moment is answered 5xx, and one that means nothing to this version 200.
 */
export function webhook(scope: App, context: ServerContext): void {
  const { store, sfu, recordings, metrics } = context;
  const { signedHash, read } = verifier(sfu.connection.apiKey, sfu.connection.apiSecret);
  const keep = intake(store);
  const receive = doorkeeper(context);
  const refusals = new Refusals();
  scope.decorateRequest('signedHash', '');
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(contentType, { parseAs: 'buffer', bodyLimit }, (_request, body, done) =>
    done(null, body),
  );
  // The signature is in a header, so that nobody else's body is even read.
  scope.addHook('onRequest', (request, reply, done) => {
    if (typeOf(request.headers['content-type']) !== contentType) {
      throw failure('api/unsupported-media-type', {});
    }
    try {
      request.signedHash = signedHash(request.headers.authorization);
    } catch (error) {
      reply.header('connection', 'close');
      throw isCode(error, 'webhook/unauthenticated') && !refusals.allows(request.ip)
        ? failure('webhook/rate-limited', {}, error)
        : error;
    }
    done();
  });
  scope.addHook('onResponse', (_request, { statusCode }, done) => {
    if (statusCode >= 400) metrics.webhooks.add(refused[statusCode] ?? 'failed');
    done();
  });
  scope.post<{ Body: Buffer | undefined }>('/webhook', { bodyLimit, schema }, async (request) => {
    const event = await read(request.body ?? Buffer.alloc(0), request.signedHash);
    metrics.webhookEvents.add(eventLabel(event.event));
    const status = await keep(event);
    metrics.webhooks.add(status);
    if (event.egressInfo && status === 'applied') recordings.changed();
    const { room, participant } = event;
    if (event.event === 'participant_joined' && room && participant && status !== 'known') {
      await receive({ name: room.name, identity: participant.identity });
    }
    request.log.debug({ event: event.event, id: event.id, status }, 'webhook');
    return { status };
  });
}

function typeOf(header: string | undefined): string | undefined {
  return header?.split(';', 1)[0]?.trim().toLowerCase();
}

function isCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof Failure && error.code === code;
}
