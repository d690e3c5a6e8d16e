import { defineCommand } from '../../cli/command.ts';
import { formatDuration } from '../../core/duration.ts';
import type { Style } from '../../report/text/style.ts';
import { grants } from '../../sfu/grants.ts';
import { type Decoded, hasSignature, objections } from '../../sfu/verify.ts';
import { keyOptions, knownKeys } from '../shared/connection.ts';
import { readToken, tokenArgument } from './read.ts';

interface Explained {
  /** As the claim stands in the token: `video.roomJoin`. */
  claim: string;
  value: unknown;
  means: string;
}

export const inspect = defineCommand({
  path: 'token inspect',
  summary: 'explain what a token grants, to whom and how long',
  description:
    'Explains each claim, and whether livekit-server would accept the token now. The signature is checked when the API key and secret are known.',
  parameters: { token: tokenArgument, ...keyOptions },
  examples: [
    {
      run: 'bedrud token create --room standup --identity ana | bedrud token inspect -',
      does: 'read what was signed',
    },
  ],
  async run(input, context) {
    const token = await readToken(input.token, context);
    const { apiKey, apiSecret } = await knownKeys(input, context);
    const now = context.host.now();
    const issuer = token.claims['iss'];
    const known = apiSecret !== undefined && issuer === apiKey;
    const signature = known ? (hasSignature(token, apiSecret) ? 'valid' : 'invalid') : 'unknown';
    const found = objections(token, (name) => (name === apiKey ? apiSecret : undefined), now)
      // Without the key nothing is known about the signature, which is no fault of the token.
      .filter(({ id }) => known || id !== 'token/unknown-key');
    const refused = found.some(({ fatal }) => fatal);
    const accepted = refused ? false : known ? true : undefined;
    const claims = explain(token, now);
    const data = {
      header: token.header,
      claims: token.claims,
      explained: claims,
      signature,
      accepted: accepted ?? null,
      reasons: found.map(({ id, fatal, message, hint }) => ({ id, fatal, message, hint })),
    };
    const text = (style: Style) =>
      [
        ...claims.map(({ claim, means }) => `${style.dim(claim.padEnd(width(claims)))}  ${means}`),
        '',
        signatureLine(signature, apiKey, style),
        verdictLine(accepted, style),
        ...found.map(
          ({ fatal, message, hint }) =>
            `  ${fatal ? style.error('✗') : style.warning('!')} ${message}\n    ${style.dim('→')} ${hint}`,
        ),
      ].join('\n');
    return { data, text };
  },
});

function explain({ claims }: Decoded, now: Date): Explained[] {
  const seconds = now.getTime() / 1000;
  const time: Record<string, (at: number) => string> = {
    nbf: (at) =>
      `valid from ${date(at)}, ${at <= seconds ? `${span(seconds - at)} ago` : `in ${span(at - seconds)}`}`,
    exp: (at) =>
      at >= seconds
        ? `expires in ${span(at - seconds)}, ${date(at)}`
        : `expired ${span(seconds - at)} ago, ${date(at)}`,
    iat: (at) => `made ${date(at)}`,
  };
  const words: Record<string, string> = {
    sub: 'who: the identity',
    name: 'the display name is',
    iss: 'signed for the API key',
    jti: 'token number',
    kind: 'joins as a participant of kind',
    metadata: 'metadata',
    sha256: 'belongs to a body with this hash:',
    roomPreset: 'creates the room with the preset',
  };
  const rows: Explained[] = [];
  for (const name of [
    'sub',
    'name',
    'iss',
    'jti',
    'nbf',
    'iat',
    'exp',
    'kind',
    'metadata',
    'attributes',
    'sha256',
    'roomPreset',
    'roomConfig',
  ]) {
    const value = claims[name];
    if (value === undefined) continue;
    const at = typeof value === 'number' ? time[name]?.(value) : undefined;
    rows.push({ claim: name, value, means: at ?? `${words[name] ?? name} ${shown(value)}` });
  }
  rows.push(...explainGrants(claims));
  const explained = new Set(rows.map(({ claim }) => claim.split('.')[0]));
  for (const [name, value] of Object.entries(claims)) {
    if (!explained.has(name))
      rows.push({ claim: name, value, means: `not a claim of LiveKit: ${shown(value)}` });
  }
  return rows;
}

function explainGrants(claims: Record<string, unknown>): Explained[] {
  const rows: Explained[] = [];
  for (const section of ['video', 'sip', 'inference', 'observability', 'agent']) {
    const values = claims[section];
    if (typeof values !== 'object' || values === null) continue;
    for (const [key, value] of Object.entries(values)) {
      const name = section === 'video' ? key : `${section}.${key}`;
      rows.push({ claim: `${section}.${key}`, value, means: meaning(name, value) });
    }
  }
  const video = claims['video'] as Record<string, unknown> | undefined;
  if (
    video?.['roomJoin'] === true &&
    video['canPublish'] === undefined &&
    video['canSubscribe'] === undefined
  ) {
    const means = 'may publish and subscribe: what is not mentioned is allowed';
    rows.push({ claim: 'video', value: null, means });
  }
  return rows;
}

function meaning(name: string, value: unknown): string {
  const grant = grants.get(name);
  if (grant === undefined) return `not a grant of LiveKit, and without effect: ${shown(value)}`;
  if (grant.kind === 'flag') return `${value === true ? 'may' : 'may not'} ${grant.may}`;
  return `may ${grant.may}: ${Array.isArray(value) ? value.join(', ') : shown(value)}`;
}

function signatureLine(signature: string, apiKey: string | undefined, style: Style): string {
  if (signature === 'valid') return `${style.ok('✓')} the signature is valid for the key ${apiKey}`;
  if (signature === 'invalid') return `${style.error('✗')} the signature is not valid for the key ${apiKey}`;
  return `${style.dim('?')} the signature was not checked: the key that signed it is not known here`;
}

function verdictLine(accepted: boolean | undefined, style: Style): string {
  if (accepted === true) return `${style.ok('✓')} livekit-server accepts it now`;
  if (accepted === false) return `${style.error('✗')} livekit-server refuses it now`;
  return `${style.dim('?')} livekit-server accepts it now if it knows the key`;
}

const width = (rows: Explained[]) => Math.max(...rows.map(({ claim }) => claim.length));
const span = (seconds: number) => formatDuration(Math.max(0, Math.round(seconds)) * 1000);
function date(seconds: number): string {
  const at = new Date(seconds * 1000);
  return Number.isNaN(at.getTime()) ? String(seconds) : at.toISOString().replace('.000', '');
}
function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // A terminal would obey control characters in what a stranger wrote.
  const plain = /\p{Cc}/u.test(text) ? JSON.stringify(text) : text;
  return plain.length > 200 ? `${plain.slice(0, 199)}…` : plain;
}
