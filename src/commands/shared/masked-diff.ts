import { createTwoFilesPatch } from 'diff';
import { mask, redact } from '../../core/redact.ts';

/**
 * What turns `before` into `after`, as a unified diff that holds no secret; empty when they are the same. A secret
 * that changes still shows as a changed line.
 */
export function maskedDiff(file: string, before: string, after: string): string {
  if (before === after) return '';
  const names = [...keyNames(before), ...keyNames(after)];
  const patch = createTwoFilesPatch(file, file, before, after, 'as it is', 'as it would be', { context: 3 });
  return (
    patch
      .split('\n')
      // It begins with `Index:` and a separator, which say nothing that the names below don't.
      .slice(2)
      .map((line) => redact(maskKey(line, names)))
      .join('\n')
  );
}

/** The names under LiveKit's `keys:`, whose values are its API secrets, and the secrets of a `keys: {…}` on one line. */
function keyNames(yaml: string): string[] {
  const lines = yaml.split(/\r?\n/);
  const start = lines.findIndex((line) => /^["']?keys["']?\s*:/.test(line));
  if (start < 0) return [];
  const end = lines.findIndex((line, i) => i > start && /^[^\s#]/.test(line));
  return lines
    .slice(start, end < 0 ? undefined : end)
    .join(' ')
    .replace(/^["']?keys["']?\s*:/, '')
    .split(/[\s,{}"']+/)
    .filter((word) => /^[^:#]+:?/.test(word))
    .map((word) => word.replace(/:$/, ''));
}

function maskKey(line: string, names: readonly string[]): string {
  if (/^[ +-]["']?keys["']?\s*:\s*\S/.test(line)) return line.replace(/:.*/, `: ${mask}`);
  const [, head, name] = line.match(/^([ +-]\s+["']?([^"':\s]+)["']?\s*:\s*)\S/) ?? [];
  return head !== undefined && name !== undefined && names.includes(name) ? `${head}${mask}` : line;
}
