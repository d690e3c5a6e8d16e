/** A join token somebody has trouble with, held against the configured key as the server would. */
import { Failure } from '../../core/errors.ts';
import { rememberSecret } from '../../core/redact.ts';
import { decodeToken, type Objection, objections } from '../../sfu/verify.ts';
import { type FactSource, Missing } from './gather.ts';

export interface Token {
  /** Why nothing can be read in it. */
  malformed?: string;
  claims: Record<string, unknown>;
  /** The `video` claim: what the holder may do in rooms. */
  video: Record<string, unknown>;
  /** What the server has against it; of key and secret only where those are configured. */
  objections: Objection[];
}

export function takeApart({ question }: FactSource): Token {
  const { token, config, now } = question;
  if (token === undefined) throw new Missing('no token was given (--token TOKEN, or - for stdin)');
  rememberSecret(token);
  const { apiKey, apiSecret } = config.config.livekit;
  try {
    const decoded = decodeToken(token);
    const secretOf = (key: string) => (key === apiKey ? apiSecret : undefined);
    const known = objections(decoded, secretOf, now());
    const { claims } = decoded;
    return {
      claims,
      video: (claims['video'] ?? {}) as Record<string, unknown>,
      objections: apiSecret === undefined ? known.filter(({ id }) => id !== 'token/unknown-key') : known,
    };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { malformed: error.message, claims: {}, video: {}, objections: [] };
  }
}

/** The objections with one of `ids`. */
export function objectionsOf(
  { objections: all }: Token,
  ...ids: string[]
): { message: string; hint: string }[] {
  return all
    .filter(({ id }) => ids.includes(id))
    .map(({ message, hint }) => ({ message: `the token: ${message}`, hint }));
}
