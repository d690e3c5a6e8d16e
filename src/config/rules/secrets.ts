/** Rules about secrets. No message shows one. */
import { keys } from '../keys.ts';
import { isSecret } from '../secrets.ts';
import type { ConfigRule, Violation } from './rule.ts';

/** In characters; below it an HS256 secret can be guessed from one token. */
const strongLength = 32;

const makeOne = 'write a fresh one: openssl rand -hex 32';

/** What is wrong with a signing secret; undefined when nothing is. */
function weakness(secret: string): string | undefined {
  if (secret.length < strongLength)
    return `has ${secret.length} characters, expected ${strongLength} or more`;
  if (new Set(secret).size < 8) return 'repeats a few characters, so that it can be guessed';
  return undefined;
}

export const jwtSecret: ConfigRule = {
  id: 'config/jwt-secret',
  title: 'auth.jwtSecret is set and strong',
  severity: 'error',
  why: 'Whoever guesses it can sign access tokens for any user. The server does not start without it',
  fix: 'set auth.jwtSecret, or JWT_SECRET in the environment, to what openssl rand -hex 32 prints',
  *check({ config: { auth } }) {
    const path = 'auth.jwtSecret';
    if (auth.jwtSecret === undefined) {
      yield {
        path,
        message: 'auth.jwtSecret is missing',
        hint: `set it, or JWT_SECRET in the environment; ${makeOne}`,
      };
      return;
    }
    yield* weak(path, auth.jwtSecret);
  },
};

export const weakSecret: ConfigRule = {
  id: 'config/weak-secret',
  title: 'Secrets that sign something are strong',
  severity: 'warning',
  why: 'LiveKit starts with a short secret and only logs it; whoever guesses it can join, end and record every room',
  fix: 'write a fresh one: openssl rand -hex 32',
  *check({ config: { livekit, auth } }) {
    if (livekit.apiSecret !== undefined) yield* weak('livekit.apiSecret', livekit.apiSecret);
    if (auth.sessionSecret !== undefined) yield* weak('auth.sessionSecret', auth.sessionSecret);
    if (livekit.apiKey === 'devkey') {
      yield {
        path: 'livekit.apiKey',
        message: 'livekit.apiKey is devkey, which everyone knows from the documentation',
        hint: 'make a key and a secret of your own: bedrud init shows how',
      };
    }
  },
};

export const keyPair: ConfigRule = {
  id: 'config/api-key',
  title: 'apiKey and apiSecret are set',
  severity: 'error',
  why: 'Tokens are signed with the pair, and LiveKit accepts only pairs it knows. The server does not start without it',
  fix: 'set livekit.apiKey to any name and livekit.apiSecret to what openssl rand -hex 32 prints',
  *check({ config: { livekit } }) {
    const { external, configPath, apiKey, apiSecret } = livekit;
    if (apiKey !== undefined && apiSecret !== undefined) return;
    // LiveKit's own file has them.
    if (!external && configPath !== undefined) return;
    const none = apiKey === undefined && apiSecret === undefined;
    const missing = apiKey === undefined ? 'livekit.apiKey' : 'livekit.apiSecret';
    yield {
      path: missing,
      message: none
        ? 'livekit.apiKey and livekit.apiSecret are missing'
        : `${missing} is missing, and a key is worth nothing without its secret`,
      hint: external
        ? 'set both to a pair among the keys of the external LiveKit'
        : 'set both: any name for apiKey, and for apiSecret what openssl rand -hex 32 prints',
    };
  },
};

/** Secrets that an operator makes up; others are given out by someone. */
const ours = new Set(['livekit.apiSecret', 'auth.jwtSecret', 'auth.sessionSecret']);

/** What templates and examples leave to be filled in. Nothing in config.yaml is expanded. */
const placeholder = /change[-_ ]?me|replace[-_ ]?me|^your[-_]|\$\{[^}]*\}|\{\{.*\}\}|^<.+>$/i;

export const placeholderLeft: ConfigRule = {
  id: 'config/placeholder',
  title: 'No placeholder is left',
  severity: 'warning',
  why: 'Values are taken as they stand: variables are not expanded, and CHANGE_ME is a secret that everyone knows',
  fix: 'write the real value, or remove the key',
  *check({ config }) {
    for (const { path } of keys) {
      const value = path
        .split('.')
        .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], config);
      if (typeof value !== 'string' || !placeholder.test(value)) continue;
      const shown = isSecret(path) ? 'a placeholder' : `the placeholder "${value}"`;
      yield {
        path,
        message: `${path} is still ${shown}`,
        hint: ours.has(path) ? makeOne : 'write the real value, or remove the key',
      };
    }
  },
};

function* weak(path: string, secret: string): Iterable<Violation> {
  const problem = placeholder.test(secret) ? undefined : weakness(secret);
  if (problem) yield { path, severity: 'warning', message: `${path} ${problem}`, hint: makeOne };
}

export const secretRules = [jwtSecret, weakSecret, keyPair, placeholderLeft];
