import { applyEdit, find, lastOffset } from '../../livekit/migrate/edit.ts';
import { parseYaml } from '../../livekit/yaml/index.ts';
import { variablesOf } from '../facts/compose.ts';
import { defineMend } from './mend.ts';

/** `$NAME` → `$$NAME`, where compose would expand a variable of the container. */
export const escapeVariables = defineMend({
  needs: ['compose'],
  edits: ({ compose: { document, services } }) =>
    document.file === undefined
      ? []
      : services.map((service) => ({
          kind: 'rewrite',
          file: document.file as string,
          change: (text) =>
            ['command', 'entrypoint'].reduce(
              (changed, key) => escapedIn(changed, ['services', service.name, key], variablesOf(service)),
              text,
            ),
        })),
});

/** Nothing but the value at `path` is touched. */
function escapedIn(text: string, path: readonly string[], variables: readonly string[]): string {
  const { root, text: parsed } = parseYaml(text);
  const value = find(root, path)?.at(-1)?.value;
  if (value === undefined) return text;
  const [start, end] = [value.offset, lastOffset(parsed, value)];
  const names = variables.join('|');
  const escaped = parsed
    .slice(start, end)
    .replace(new RegExp(`(?<!\\$)\\$(?=\\{?(?:${names})\\b)`, 'g'), '$$$$');
  return applyEdit(parsed, { start, end, text: escaped });
}
