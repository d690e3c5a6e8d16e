/** What a scalar's text means, as resolve.go of gopkg.in/yaml.v3 decides it. */

export type Resolved =
  | { tag: '!!null' }
  | { tag: '!!bool'; value: boolean }
  | { tag: '!!int'; value: bigint }
  | { tag: '!!float'; value: number }
  | { tag: string; value: string };

/** A tag that can't hold the text. */
export class ResolveError extends Error {}

const words = new Map<string, Resolved>();
const define = (resolved: Resolved, ...texts: string[]) => {
  for (const text of texts) words.set(text, resolved);
};
define({ tag: '!!null' }, '', '~', 'null', 'Null', 'NULL');
define({ tag: '!!bool', value: true }, 'true', 'True', 'TRUE');
define({ tag: '!!bool', value: false }, 'false', 'False', 'FALSE');
define({ tag: '!!float', value: Number.NaN }, '.nan', '.NaN', '.NAN');
const infinity = Number.POSITIVE_INFINITY;
define({ tag: '!!float', value: infinity }, '.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF');
define({ tag: '!!float', value: -infinity }, '-.inf', '-.Inf', '-.INF');
define({ tag: '!!merge', value: '<<' }, '<<');

const decidable = new Set(['', '!!str', '!!bool', '!!int', '!!float', '!!null', '!!timestamp']);

/**
 * @param tag the tag written, in short form, or '' for none
 * @throws ResolveError with what yaml.v3 prints
 */
export function resolveScalar(tag: string, text: string): Resolved {
  if (!decidable.has(tag)) return { tag, value: text };
  if (tag === '!!str') return { tag, value: text };
  const found = byText(tag, text);
  if (tag === '' || tag === found.tag) return found;
  if (tag === '!!float' && found.tag === '!!int') return { tag, value: Number(found.value) };
  throw new ResolveError(`cannot decode ${found.tag} \`${text}\` as a ${tag}`);
}

function byText(tag: string, text: string): Resolved {
  const word = words.get(text);
  if (word !== undefined) return word;
  const string: Resolved = { tag: '!!str', value: text };
  if (text[0] === '.') return /^\.\d+(_\d+)*([eE][+-]?\d+)?$/.test(text) ? (finite(text) ?? string) : string;
  if (!/^[-+0-9]/.test(text)) return string;
  if ((tag === '' || tag === '!!timestamp') && isTimestamp(text)) return { tag: '!!timestamp', value: text };
  const plain = text.replaceAll('_', '');
  const integer = parseInteger(plain);
  if (integer !== undefined) return { tag: '!!int', value: integer };
  if (/^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(plain)) return finite(plain) ?? string;
  return string;
}

function finite(text: string): Resolved | undefined {
  const value = Number(text.replaceAll('_', ''));
  return Number.isFinite(value) ? { tag: '!!float', value } : undefined;
}

/** Decimal, 0x, 0o, 0b and the old octal 0777, from -2^63 to 2^64 - 1 (a sign only up to 2^63 - 1). */
function parseInteger(text: string): bigint | undefined {
  const match = text.match(/^([-+]?)(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0[0-7]*|[1-9]\d*)$/);
  if (!match) return undefined;
  const [, sign = '', digits = ''] = match;
  const magnitude = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  const value = sign === '-' ? -magnitude : magnitude;
  const most = sign === '' ? 2n ** 64n : 2n ** 63n;
  return value >= -(2n ** 63n) && value < most ? value : undefined;
}

/** A date, or a date and time, in the four layouts that yaml.v3 tries. */
function isTimestamp(text: string): boolean {
  const match = text.match(
    /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[-+](\d\d):(\d\d))|[ ]+(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?)?$/,
  );
  if (!match) return false;
  const [year = 0, month = 0, day = 0] = match.slice(1, 4).map(Number);
  const [hour = 0, minute = 0, second = 0] = (match[4] ? match.slice(4, 7) : match.slice(9, 12)).map((part) =>
    Number(part ?? 0),
  );
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return false;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}
