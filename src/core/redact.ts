/** Takes secrets out of text before it reaches an output, a log or an error. */

export const mask = '********';

/** Shapes that are secret wherever they stand. */
const patterns: [RegExp, string][] = [
  // A JWT: three base64url parts. The header and the claims are as secret as the signature: together they log in.
  [/\beyJ[\w-]{8,}\.[\w-]*\.[\w-]*/g, mask],
  [/\b(access_token|refresh_token|token|api_secret|join_request)=[^&\s"']+/gi, `$1=${mask}`],
  // A name that means a secret, with its value, in YAML, JSON or a shell's environment.
  [
    /\b((?:api|jwt|session|client)_?secret|turn_?password|(?:redis|db|smtp)_?password|password|secret_?key|cloudflare_?api_?token)(["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,}"']+)/gi,
    `$1$2${mask}`,
  ],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/g, `$1 ${mask}`],
  // The password in a URL.
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/@]+@/gi, `$1:${mask}@`],
];

/** What each of them has in it. Nearly no text does, and looking once is cheaper than looking for each. */
const hint = /eyJ|token|secret|password|join_request|bearer|basic|:\/\//i;

/** Secrets this process has read; each is removed literally wherever it turns up. */
const known = new Set<string>();
/** They, and how JSON spells those that it spells differently. */
const spellings = new Set<string>();

/**
 * Remembers a secret for the rest of the process. Values under 6 characters are not remembered: they would
 * blank out ordinary words, and no server accepts them.
 */
export function rememberSecret(secret: string | undefined): void {
  if (secret === undefined || secret.length < 6) return;
  known.add(secret);
  spellings.add(secret).add(JSON.stringify(secret).slice(1, -1));
}

/** False where {@link redact} would change nothing, neither in `text` nor, if it is JSON, in what it says. */
export function mayHoldSecret(text: string): boolean {
  if (hint.test(text)) return true;
  for (const secret of spellings) if (text.includes(secret)) return true;
  return false;
}

/** `text` without secrets: those remembered, then those recognised by their shape. */
export function redact(text: string): string {
  let clean = text;
  for (const secret of known) {
    if (clean.includes(secret)) clean = clean.replaceAll(secret, mask);
  }
  if (!hint.test(clean)) return clean;
  for (const [pattern, replacement] of patterns) clean = clean.replace(pattern, replacement);
  return clean;
}
