/** One thing that has to change, and how: what each kind of step gets and gives. */
import type { Finding } from '../../core/finding.ts';
import type { YamlNode } from '../yaml/index.ts';
import { type Edit, type Entry, removal } from './edit.ts';

export interface Situation {
  text: string;
  root: YamlNode;
  from: string | undefined;
  to: string;
  /** Pointers of what was given up already. */
  undecided: ReadonlySet<string>;
}

export interface Step {
  /** Absent: this has to be decided by a person. */
  edit?: Edit;
  /** Absent: the first half of a change. */
  finding?: Finding & { pointer: string };
  /** The offset the finding is about. */
  at: number;
}

/** Undefined: there is nothing of its kind to do. */
export type FindStep = (situation: Situation) => Step | undefined;

/** `redis.tls.enabled` → `/redis/tls/enabled`. */
export const pathPointer = (path: string): string => `/${path.replaceAll('.', '/')}`;

/** Takes out an entry, unless something else refers to what is in it. */
export function drop(
  text: string,
  root: YamlNode,
  trail: readonly Entry[],
  finding: Step['finding'] & object,
): Step {
  const entry = trail.at(-1) as Entry;
  const at = entry.key.offset;
  const anchors = new Set(anchorsIn(entry.value));
  if (!isReferred(root, anchors)) return { at, finding, edit: removal(text, trail) };
  const message = `${finding.pointer.slice(1).replaceAll('/', '.')} has to go, but an alias elsewhere refers to an anchor in it`;
  return {
    at,
    finding: {
      ...finding,
      severity: 'error',
      message,
      hint: 'write the value out where the alias is, then migrate again',
    },
  };
}

function* anchorsIn(node: YamlNode): Iterable<string> {
  if (node.anchor !== undefined) yield node.anchor;
  for (const child of node.content) yield* anchorsIn(child);
}

function isReferred(node: YamlNode, anchors: ReadonlySet<string>): boolean {
  if (node.kind === 'alias') return anchors.has(node.value);
  return node.content.some((child) => isReferred(child, anchors));
}
