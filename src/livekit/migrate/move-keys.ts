/** Keys that are read elsewhere now, or were. */
import { fieldAt, variantFor } from '../table.ts';
import { type Entry, entries, find, inPlace, lastOffset, removal, setting, trailingComment } from './edit.ts';
import { type Move, moves } from './moves.ts';
import { pathPointer, type Situation, type Step } from './step.ts';

export function moveKeys(situation: Situation): Step | undefined {
  const { root, to, undecided } = situation;
  for (const move of moves) {
    const trail = find(root, move.from.split('.'));
    if (trail === undefined || undecided.has(pathPointer(move.from))) continue;
    if (!move.to.every((path) => knows(to, path))) continue;
    if (!move.deprecated && knows(to, move.from)) continue;
    return moveKey(situation, move, trail);
  }
  return undefined;
}

function moveKey({ text, root, to }: Situation, move: Move, trail: readonly Entry[]): Step {
  const entry = trail.at(-1) as Entry;
  const at = entry.key.offset;
  const pointer = pathPointer(move.from);
  const reason = move.deprecated ? 'deprecated' : `not known to livekit-server ${to}`;
  const finding: Step['finding'] = {
    id: 'livekit/renamed-key',
    severity: 'info',
    message: `${move.from} is ${reason}: now ${move.to.join(' and ')}`,
    pointer,
  };
  const missing = move.to.filter((path) => find(root, path.split('.')) === undefined);
  const value = text.slice(entry.value.offset, lastOffset(text, entry.value));
  const [first = ''] = move.to;
  if (move.to.length === 1 && missing.length === 1 && parentOf(first) === parentOf(move.from)) {
    const name = first.slice(first.lastIndexOf('.') + 1);
    return { at, finding, edit: { start: entry.key.offset, end: entry.key.end, text: name } };
  }
  if (entry.value.kind !== 'scalar' || value.includes('\n') || entry.value.anchor) {
    const problem = `${move.from} cannot be moved to ${move.to.join(' and ')} automatically`;
    return { at, finding: { ...finding, severity: 'error', message: problem, hint: 'move it by hand' } };
  }
  const stale = move.to.find((path) => {
    const present = find(root, path.split('.'))?.at(-1)?.value;
    return present !== undefined && text.slice(present.offset, lastOffset(text, present)) !== value;
  });
  // Where both are set, livekit-server goes by the old one.
  if (stale !== undefined) return { at, edit: setting(text, root, stale.split('.'), value) };
  const [next, ...later] = missing;
  if (next === undefined) return { at, finding, edit: removal(text, trail) };
  const rest = next.slice(parentOf(move.from).length).replace(/^\./, '').split('.');
  const beside = `${next}.`.startsWith(parentOf(move.from) === '' ? '' : `${parentOf(move.from)}.`);
  const free = entries(entry.parent).every(({ key }) => key.value !== rest[0]);
  if (later.length === 0 && beside && free) return { at, finding, edit: inPlace(text, entry, rest, value) };
  const comment = later.length === 0 ? trailingComment(text, entry) : '';
  return { at, edit: setting(text, root, next.split('.'), value, comment) };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.')));
}

/** Does `version` have the key at `path`, and every section on the way to it? */
function knows(version: string, path: string): boolean {
  const parts = path.split('.');
  return parts.every((_, i) => {
    const variants = fieldAt(parts.slice(0, i + 1).join('.'))?.variants ?? [];
    return variantFor(variants, version) !== undefined;
  });
}
