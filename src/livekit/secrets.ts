/** The secrets in LiveKit's files: found, also where the file can't be decoded, and masked. */
import type { Facts } from './facts.ts';
import { isPublished } from './rules/keys/published.ts';
import type { Decoded } from './yaml/index.ts';

const secretLine =
  /(?:secret|password|credential|account_key)(?!_file)\w*["']?[ \t]*[:=][ \t]*(?:[!&]\S*[ \t]+)*["']?([^\s"',}#|>]{6,})/gi;
/** `keys:` and the lines that are indented further. */
const keysBlock = /^([ \t]*)["']?keys["']?[ \t]*:.*(?:\n(?:\1[ \t]+.*|[ \t]*))*/gm;
const pairInBlock = /:[ \t]*["']?([^\s"',{}#|>]{6,})/g;
/** `LIVEKIT_KEYS="key: secret"` and `--keys 'key: secret'`, of compose files, units and environments. */
const keysVariable = /(?:\b|_)keys["']?[ \t]*[:=, ][ \t]*["']?[\w-]+:[ \t]*([^\s"',{}#|>]{6,})/gi;
const tokenLine = /(?:\b|_)token["']?[ \t]*[:=][ \t]*["']?([^\s"',}#|>]{6,})/gi;
/** Passwords that stand on command lines. */
const passwordFlag = /--?(?:requirepass|masterauth|pass)[ \t"',]+([^\s"',\]]{6,})/g;
const secretPaths = [
  'redis.password',
  'redis.sentinel_password',
  'prometheus.password',
  'api_secret',
  'storage.s3.secret',
  'backup.s3.secret',
  'storage.azure.account_key',
  's3_assume_role_secret',
];

/**
 * What is to be removed wherever it turns up. A word of small letters alone is not: `config` or `postgres` for a
 * password would blank out what is said of the file. {@link maskSecrets} hides those where they stand.
 */
export function secretsOf(facts: Facts): string[] {
  return [...candidates(facts)].filter((secret) => !isPublished(secret) && !/^[a-z]{1,12}$/.test(secret));
}

function* candidates(facts: Facts): Iterable<string> {
  yield* candidatesInText(facts.text);
  yield* facts.map('keys').values();
  for (const path of secretPaths) yield facts.string(path);
  for (const server of facts.list<Record<string, unknown>>('rtc.turn_servers')) {
    for (const key of ['secret', 'credential']) if (typeof server[key] === 'string') yield server[key];
  }
}

/** As {@link secretsOf}, of a text of any kind: a compose file, a systemd unit, an environment as `NAME=value` lines. */
export function secretsInText(text: string): string[] {
  return [...candidatesInText(text)].filter(
    (secret) => !isPublished(secret) && !/^([a-z]{1,12}|\$.*)$/.test(secret),
  );
}

function* candidatesInText(text: string): Iterable<string> {
  for (const pattern of [secretLine, keysVariable, tokenLine, passwordFlag]) {
    for (const [, secret = ''] of text.matchAll(pattern)) yield secret;
  }
  for (const [block] of text.matchAll(keysBlock)) {
    for (const [, secret = ''] of block.matchAll(pairInBlock)) yield secret;
  }
}

/** `text` with its secrets as asterisks, every character that stays in its place. */
export function maskSecrets(text: string): string {
  const hide = (match: string, secret: string) =>
    isPublished(secret) ? match : match.slice(0, -secret.length) + '*'.repeat(secret.length);
  return text.replace(secretLine, hide).replace(keysBlock, (block) => block.replace(pairInBlock, hide));
}

const secretKey = /secret|password|credential|account_key/i;

/** Takes the values of secret keys out of what the server would quote of them: "cannot unmarshal !!str `S3cr3t`". */
export function hideQuotedSecrets({ errors }: Decoded): void {
  for (const error of errors) {
    if (error.path[0] === 'keys' || secretKey.test(error.path.at(-1) ?? '')) {
      error.message = error.message
        .replace(/`.*`/s, '`********`')
        .replace(/(!!(?:map|seq))\S.*(?= into )/s, '$1********');
    }
  }
}
