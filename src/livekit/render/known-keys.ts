/** Leaves out keys that the livekit-server a file is for would refuse. */
import type { Finding } from '../../core/finding.ts';
import { suggest } from '../../core/suggest.ts';
import { elementType, fieldAt, keysIn, rootType, variantFor } from '../table.ts';
import { compareVersions } from '../versions.ts';
import { isTree } from './merge.ts';
import type { Tree } from './types.ts';

/**
 * `tree` without the keys that `version` does not know, and a finding for each.
 * @param origin the JSON pointer of where `tree` was configured
 */
export function withoutUnknownKeys(
  tree: Tree,
  version: string,
  origin: string,
): { tree: Tree; findings: Finding[] } {
  const findings: Finding[] = [];
  const visit = (node: Tree, path: string, pointer: string): Tree => {
    const kept: Tree = {};
    const anyKey = fieldAt(path)?.variants.at(-1)?.type.startsWith('map[') === true && !path.endsWith('{}');
    for (const [key, value] of Object.entries(node)) {
      // Protobuf messages take their fields in lowerCamelCase as well.
      const name = anyKey ? '{}' : path.includes('room_configurations') ? snakeCase(key) : key;
      const at = path === '' ? name : `${path}.${name}`;
      const here = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      const problem = refusal(at, key, version);
      if (problem === undefined) kept[key] = inside(value, at, here);
      else findings.push({ ...problem, pointer: here });
    }
    return kept;
  };
  const inside = (value: unknown, path: string, pointer: string): unknown => {
    if (isTree(value)) return visit(value, path, pointer);
    if (!Array.isArray(value)) return value;
    return value.map((item, i) => inside(item, `${path}[]`, `${pointer}/${i}`));
  };
  return { tree: visit(tree, '', origin), findings };
}

function refusal(path: string, key: string, version: string): Finding | undefined {
  if (path.endsWith('{}')) return undefined;
  const spans = fieldAt(path)?.variants;
  if (spans === undefined) {
    // A key inside something that takes no keys is of the wrong kind, which lint says better.
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('.')));
    const owner = parent === '' ? rootType : elementType(fieldAt(parent)?.variants.at(-1)?.type ?? '');
    const siblings = keysIn(owner);
    if (siblings.length === 0) return undefined;
    const near = suggest(key, siblings);
    return {
      id: 'livekit/unknown-key',
      severity: 'error',
      message: `no livekit-server knows the key ${path}, and with it would not start: it was left out`,
      hint: near ? `did you mean ${near}?` : 'remove it from the configuration',
    };
  }
  if (variantFor(spans, version)) return undefined;
  const removed = spans.map(({ until }) => until).find((until) => until !== null && isAfter(version, until));
  return removed
    ? {
        id: 'livekit/removed-key',
        severity: 'warning',
        message: `livekit-server ${version} has no key ${path} any more (the last to know it was ${removed}): it was left out`,
        hint: 'remove it from the configuration',
      }
    : {
        id: 'livekit/too-new-key',
        severity: 'warning',
        message: `livekit-server ${version} does not know ${path} yet (${spans[0]?.since} does): it was left out`,
        hint: `use livekit-server ${spans[0]?.since} or later, or remove it from the configuration`,
      };
}

function isAfter(version: string, until: string | null): boolean {
  return until !== null && compareVersions(version, until) > 0;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
