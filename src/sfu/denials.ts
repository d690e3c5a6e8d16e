/** What livekit-server means when it answers 401 or 400 to a token, and what to change. */

export interface Denial {
  /** The server's words, without the token it repeats in them. */
  reason: string;
  hint: string;
}

interface Pattern {
  pattern: RegExp;
  /** The releases whose answers were seen to match. */
  seen: string;
  hint(facts: { apiKey: string; skewMs: number | undefined }): string;
}

const patterns: Pattern[] = [
  {
    pattern: /^invalid API key/,
    seen: '1.5.3 to 1.13.5',
    hint: ({ apiKey }) =>
      `the server's keys have no "${apiKey}": use one they have (livekit.apiKey, LIVEKIT_API_KEY), or add it to keys: and restart`,
  },
  {
    pattern: /error in cryptographic primitive/,
    seen: '1.5.3 to 1.12.0',
    hint: wrongSecret,
  },
  { pattern: /signature is invalid/, seen: '1.13.5', hint: wrongSecret },
  {
    pattern: /token is expired|token (is )?not valid yet|token issued in the future/,
    seen: '1.5.3 to 1.13.5',
    hint: ({ skewMs }) =>
      skewMs === undefined || Math.abs(skewMs) < 2000
        ? 'more than 60 s past its dates: make a new token, and compare the clocks of both hosts'
        : `the server's clock is ${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs > 0 ? 'ahead of' : 'behind'} this host's: synchronise both (NTP)`,
  },
  {
    pattern: /^permissions denied/,
    seen: '1.5.3 to 1.13.5',
    hint: () =>
      'the token lacks the grant, or never arrived: a proxy in between must pass the Authorization header on',
  },
  {
    pattern: /^invalid authorization (token|header)/,
    seen: '1.5.3 to 1.13.5',
    hint: () => 'this is no token of LiveKit: a proxy in between may replace the Authorization header',
  },
  {
    pattern: /^identity cannot be empty/,
    seen: '1.5.3 to 1.13.5',
    hint: () => 'a token that joins needs an identity',
  },
  {
    pattern: /^no room name/,
    seen: '1.9.12 to 1.13.5',
    hint: () => 'a token that joins needs a room',
  },
];

/**
 * Reads a refusal.
 * @param message the body of the answer, or its `msg`
 * @param apiKey the key that signed the token
 * @param date the answer's Date header: how far apart the clocks are explains most time errors
 */
export function explainDenial(
  message: string,
  apiKey: string,
  date: string | null,
  now = Date.now(),
): Denial {
  const reason = message.trim().replace(/^invalid token: \S*, error: /, '');
  const serverTime = date === null ? Number.NaN : Date.parse(date);
  const skewMs = Number.isNaN(serverTime) ? undefined : serverTime - now;
  const match = patterns.find(({ pattern }) => pattern.test(reason));
  return {
    reason: reason === '' ? 'unauthenticated' : reason,
    hint:
      match?.hint({ apiKey, skewMs }) ??
      'check livekit.apiKey and livekit.apiSecret against the keys of the server',
  };
}

function wrongSecret({ apiKey }: { apiKey: string }): string {
  return `the secret is not the one that the server has for "${apiKey}": set livekit.apiSecret or LIVEKIT_API_SECRET to it`;
}
