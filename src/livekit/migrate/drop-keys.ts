/** Keys that a release does not have. */
import { suggest } from '../../core/suggest.ts';
import { elementType, type Field, fieldVariants, keysFor, keysIn, rootType, variantFor } from '../table.ts';
import { compareVersions } from '../versions.ts';
import type { YamlNode } from '../yaml/index.ts';
import { type Entry, entries, find } from './edit.ts';
import { drop, type Situation, type Step } from './step.ts';

/** No release takes it, whatever the guide says. */
export function dropTls({ text, root, undecided }: Situation): Step | undefined {
  const trail = find(root, ['tls']);
  if (trail === undefined || undecided.has('/tls')) return undefined;
  return drop(text, root, trail, {
    id: 'livekit/tls-removed',
    severity: 'warning',
    message:
      'tls was removed: livekit-server ends with "field tls not found" (1.5.3 to 1.13.5; the integration guide says up to 1.11 takes it)',
    hint: 'let a proxy or bedrud serve speak TLS, and use http:// and ws:// to reach livekit-server itself; TURN has its own certificate under turn:',
    pointer: '/tls',
  });
}

interface Unknown {
  trail: Entry[];
  path: string;
  pointer: string;
  variants: Field[];
  siblings: string[];
}

export function dropUnknown({ text, root, to, undecided }: Situation): Step | undefined {
  const unknown = firstUnknown(root, to, undecided);
  if (unknown === undefined) return undefined;
  const { trail, path, pointer, variants } = unknown;
  const entry = trail.at(-1) as Entry;
  if (variants.length === 0) {
    const near = suggest(entry.key.value, unknown.siblings);
    const finding: Step['finding'] = {
      id: 'livekit/unknown-key',
      severity: 'error',
      message: `no livekit-server knows ${path}`,
      hint: near ? `did you mean ${near}?` : 'remove it, or put it where it belongs',
      pointer,
    };
    return { at: entry.key.offset, finding };
  }
  const gone = variants.findLast(({ until }) => until !== null && compareVersions(to, until) > 0);
  const since = variants[0]?.since;
  return drop(
    text,
    root,
    trail,
    gone
      ? {
          id: 'livekit/removed-key',
          severity: 'warning',
          message: `${path} was removed: livekit-server ${to} has it no more (the last that had it is ${gone.until})`,
          pointer,
        }
      : {
          id: 'livekit/too-new-key',
          severity: 'warning',
          message: `${path} was removed: livekit-server ${to} does not have it yet${since ? ` (${since} has)` : ''}`,
          hint: 'what it did is lost',
          pointer,
        },
  );
}

/** The first key, in the order of the file, that `version` does not know. */
function firstUnknown(root: YamlNode, version: string, undecided: ReadonlySet<string>): Unknown | undefined {
  const visit = (
    node: YamlNode,
    owner: Owner,
    trail: Entry[],
    path: string,
    pointer: string,
  ): Unknown | undefined => {
    if (node.kind === 'sequence') {
      for (const [i, item] of node.content.entries()) {
        const found = visit(item, elementOf(owner), trail, `${path}[]`, `${pointer}/${i}`);
        if (found) return found;
      }
      return undefined;
    }
    const isMap = owner.type.startsWith('map[');
    // Something of another kind than it should be: lint says so.
    if (!isMap && keysIn(owner.type).length === 0) return undefined;
    for (const entry of entries(node)) {
      const name = entry.key.value;
      const here = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      const at = path === '' ? name : `${path}.${name}`;
      if (undecided.has(here) || entry.key.tag === '!!merge') continue;
      const inner = [...trail, entry];
      const variants = isMap ? [] : variantsIn(owner, name);
      const known = isMap ? elementOf(owner) : ownerIn(variantsOf(owner.type, name), version);
      if (known === undefined) {
        return { trail: inner, path: at, pointer: here, variants, siblings: keysFor(owner.type, version) };
      }
      const found = visit(entry.value, known, inner, at, here);
      if (found) return found;
    }
    return undefined;
  };
  return visit(root, { type: rootType, ever: [] }, [], '', '');
}

/** The Go type that a section has in one release, and those that it has or had in any. */
interface Owner {
  type: string;
  ever: readonly string[];
}

function elementOf({ type, ever }: Owner): Owner {
  return { type: elementType(type), ever: ever.map(elementType) };
}

function ownerIn(variants: readonly Field[], version: string): Owner | undefined {
  const type = variantFor(variants, version)?.type;
  return type === undefined ? undefined : { type, ever: variants.map((variant) => variant.type) };
}

/** What `name` is and was in `owner`, also where the section's type was another. */
function variantsIn({ type, ever }: Owner, name: string): Field[] {
  const own = variantsOf(type, name);
  return own.length > 0 ? own : ever.flatMap((other) => variantsOf(other, name));
}

/** Fields of protobuf messages may be written in lowerCamelCase as well. */
function variantsOf(type: string, name: string): Field[] {
  return fieldVariants(type, type.startsWith('livekit.') ? snakeCase(name) : name);
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
