const statuses = {
  invalid_argument: 400,
  malformed: 400,
  unauthenticated: 401,
  not_found: 404,
  bad_route: 404,
  failed_precondition: 412,
  internal: 500,
  unknown: 500,
  unimplemented: 501,
  unavailable: 503,
} as const;

export type TwirpCode = keyof typeof statuses;

/** A refusal as Twirp answers it: a status, and `{code, msg, meta}` as JSON whatever the request's encoding. */
export class TwirpError extends Error {
  readonly code: TwirpCode;
  readonly meta: Record<string, string> | undefined;

  constructor(code: TwirpCode, message: string, meta?: Record<string, string>) {
    super(message);
    this.name = 'TwirpError';
    this.code = code;
    this.meta = meta;
  }

  get status(): number {
    return statuses[this.code];
  }

  toJSON(): { code: TwirpCode; msg: string; meta?: Record<string, string> } {
    return { code: this.code, msg: this.message, ...(this.meta ? { meta: this.meta } : {}) };
  }
}

/** An error from the server's insides; on its way out Twirp puts its own words in front. */
export function inner(code: TwirpCode, message: string): TwirpError {
  return new TwirpError(code, `twirp error unknown: ${message}`);
}

/** The token lacks the grant. The server says 401 here, never 403. */
export function denied(): TwirpError {
  return new TwirpError('unauthenticated', 'permissions denied');
}

/** An argument that Twirp's own helper refuses: the value stands after the reason, and the reason is the key. */
export function invalidArgument(reason: string, value: string): TwirpError {
  return new TwirpError('invalid_argument', `${reason} ${value}`, { argument: reason });
}

/** Nobody listens for the request on the server's bus: no such room or participant, or no egress service. */
export function nobodyAnswers(): TwirpError {
  return inner('unavailable', 'no response from servers');
}
