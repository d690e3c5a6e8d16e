/** Delivers to Bedrud what LiveKit would, to see what becomes of it. */
import { createHash, randomBytes } from 'node:crypto';
import { reasonOf, systemCode } from '../../core/errors.ts';
import { signJwt } from '../../core/jwt.ts';
import { type FactSource, Missing } from './gather.ts';
import { stepMs } from './sfu.ts';

export interface WebhookDelivery {
  url: string;
  /** Its index under webhook.urls. */
  index: number;
  answer: { status: number; location?: string } | { problem: string; code: string | undefined };
  /** It was refused, and one that survives being parsed and written again was not. */
  rewritten: boolean;
}

/**
 * A signed participant_left of a room that nobody has, to each of webhook.urls. Receivers know no such room and drop
 * it; its id begins with bedrud-doctor, for those who want to tell.
 */
export async function deliverWebhooks(source: FactSource): Promise<WebhookDelivery[]> {
  const { document, name } = await source.fact('livekit');
  const urls = document.strings('webhook', 'urls');
  const key = document.string('webhook', 'api_key');
  const secret = key === undefined ? undefined : document.string('keys', key);
  if (urls.length === 0) throw new Missing(`${name} has no webhook.urls`);
  if (key === undefined || secret === undefined)
    throw new Missing(`${name} has no key to sign webhooks with`);
  const now = source.question.now();
  const send = (url: string, body: string) => deliver(url, body, signed(body, key, secret, now));
  return Promise.all(
    urls.map(async (url, index) => {
      const answer = await send(url, asLiveKit(event(now)));
      const refused = 'status' in answer && [400, 401, 403].includes(answer.status);
      const plain = refused ? await send(url, JSON.stringify(event(now))) : undefined;
      const rewritten = plain !== undefined && 'status' in plain && plain.status < 300;
      return { url, index, answer, rewritten };
    }),
  );
}

async function deliver(url: string, body: string, authorization: string): Promise<WebhookDelivery['answer']> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { authorization, 'content-type': 'application/webhook+json' },
      // LiveKit follows them as Go does, with a GET that has no body: the event is lost.
      redirect: 'manual',
      signal: AbortSignal.timeout(stepMs),
    });
    await response.body?.cancel();
    const location = response.headers.get('location');
    return { status: response.status, ...(location === null ? {} : { location }) };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    return timedOut
      ? { problem: `no answer within ${stepMs / 1000} s`, code: 'ETIMEDOUT' }
      : { problem: reasonOf(cause) || 'no connection', code: systemCode(cause) };
  }
}

/** 64-bit numbers as text and enums by name, as in livekit-server's protojson. */
function event(now: Date): object {
  const id = `bedrud-doctor-${randomBytes(6).toString('hex')}`;
  return {
    event: 'participant_left',
    room: { sid: `RM_${id}`, name: id },
    participant: { sid: `PA_${id}`, identity: 'bedrud-doctor', state: 'DISCONNECTED' },
    id: `EV_${id}`,
    createdAt: String(Math.floor(now.getTime() / 1000)),
  };
}

/** With the spaces that protojson likes to put in: whoever writes it anew writes it without. */
function asLiveKit(value: object): string {
  return JSON.stringify(value, null, 1).replace(/\n */g, ' ');
}

/** The Authorization header: a token without Bearer, with the body's hash as a claim. */
function signed(body: string, key: string, secret: string, now: Date): string {
  const seconds = Math.floor(now.getTime() / 1000);
  const sha256 = createHash('sha256').update(body).digest('base64');
  return signJwt({ iss: key, nbf: seconds, exp: seconds + 300, sha256 }, secret);
}
