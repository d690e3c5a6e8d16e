/** What migrating consists of: each step looks for one thing that has to change and says how. */
import type { Finding } from '../../core/finding.ts';
import { addressKind } from '../../core/ip.ts';
import { suggest } from '../../core/suggest.ts';
import {
  elementType,
  type Field,
  fieldAt,
  fieldVariants,
  keysFor,
  keysIn,
  rootType,
  variantFor,
} from '../table.ts';
import { atLeast, compareVersions } from '../versions.ts';
import type { YamlNode } from '../yaml/index.ts';
import { type Edit, type Entry, entries, find, inPlace, lastOffset, removal, setting } from './edit.ts';
import { type Move, moves } from './moves.ts';

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

type FindStep = (situation: Situation) => Step | undefined;

/** In the order in which they are tried, again from the start after each change. */
export const steps: readonly FindStep[] = [
  moveKeys,
  dropTls,
  rewriteNodeIp,
  dropUnknown,
  allowPrivatePeers,
  bindTurn,
];

const pathPointer = (path: string) => `/${path.replaceAll('.', '/')}`;

/** Does `version` have the key at `path`, and every section on the way to it? */
function knows(version: string, path: string): boolean {
  const parts = path.split('.');
  return parts.every((_, i) => {
    const variants = fieldAt(parts.slice(0, i + 1).join('.'))?.variants ?? [];
    return variantFor(variants, version) !== undefined;
  });
}

function moveKeys(situation: Situation): Step | undefined {
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
  return { at, edit: setting(text, root, next.split('.'), value) };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.')));
}

function dropTls({ text, root, undecided }: Situation): Step | undefined {
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

/** Since 1.10.0 it may hold two addresses and is checked; a mapping is read as nothing there, and refused before. */
function rewriteNodeIp({ text, root, to, undecided }: Situation): Step | undefined {
  const pointer = '/rtc/node_ip';
  const entry = find(root, ['rtc', 'node_ip'])?.at(-1);
  if (entry === undefined || undecided.has(pointer)) return undefined;
  const { value } = entry;
  const at = entry.key.offset;
  const given =
    value.kind === 'mapping' ? entries(value).map(({ value: ip }) => ip.value) : value.value.split(',');
  const addresses = given.map((address) => address.trim()).filter(Boolean);
  const replace = (list: string[]): Edit => {
    const plain = list.length === 1 && !list[0]?.includes(':');
    // A mapping begins on the next line.
    const start = value.style === 'block' ? text.indexOf(':', entry.key.end) + 1 : value.offset;
    const written = plain ? list.join() : `"${list.join(',')}"`;
    return { start, end: lastOffset(text, value), text: value.style === 'block' ? ` ${written}` : written };
  };
  if (atLeast(to, '1.10.0')) {
    const wrong = addresses.find((address) => addressKind(address) === undefined);
    if (wrong !== undefined) {
      const finding: Step['finding'] = {
        id: 'node-ip/invalid',
        severity: 'error',
        message: `livekit-server ${to} does not start with node_ip "${wrong}": since 1.10.0 it has to be an IP address`,
        hint: 'write the address that this name stands for',
        pointer,
      };
      return { at, finding };
    }
    if (value.kind !== 'mapping') return undefined;
    const message = `node_ip was a mapping, which livekit-server ${to} takes for nothing: now ${addresses.join(',')}`;
    return {
      at,
      finding: { id: 'node-ip/mapping', severity: 'info', message, pointer },
      edit: replace(addresses),
    };
  }
  const [first] = addresses.toSorted((a, b) => Number(a.includes(':')) - Number(b.includes(':')));
  if (first === undefined || (value.kind !== 'mapping' && addresses.length < 2)) return undefined;
  const lost = addresses.filter((address) => address !== first);
  const finding: Step['finding'] = {
    id: 'node-ip/one-address',
    severity: lost.length > 0 ? 'warning' : 'info',
    message: `node_ip holds one address before 1.10.0: now ${first}${lost.length > 0 ? `, without ${lost.join(', ')}` : ''}`,
    pointer,
  };
  return { at, finding, edit: replace([first]) };
}

interface Unknown {
  trail: Entry[];
  path: string;
  pointer: string;
  variants: Field[];
  siblings: string[];
}

function dropUnknown({ text, root, to, undecided }: Situation): Step | undefined {
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

/** Takes out an entry, unless something else refers to what is in it. */
function drop(
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

/** Since 1.12.0 TURN refuses to relay to private addresses; the SFU itself is the peer that clients relay to. */
function allowPrivatePeers({ text, root, from, to, undecided }: Situation): Step | undefined {
  const path = 'turn.allow_restricted_peer_cidrs';
  const turn = find(root, ['turn', 'enabled'])?.at(-1);
  const pointer = pathPointer(path);
  if (!atLeast(to, '1.12.0') || (from !== undefined && atLeast(from, '1.12.0'))) return undefined;
  if (turn === undefined || !isTrue(turn.value) || undecided.has(pointer)) return undefined;
  if (find(root, path.split('.')) || isTrue(find(root, ['rtc', 'use_external_ip'])?.at(-1)?.value))
    return undefined;
  const at = turn.key.offset;
  const addresses = nodeIps(root);
  if (addresses.length === 0) {
    const finding: Step['finding'] = {
      id: 'turn/private-peers',
      severity: 'warning',
      message: `livekit-server ${to} does not relay to private addresses, and node_ip does not say whether this host has one`,
      hint: `if it has, add it to ${path}, such as ["10.0.0.5/32"]`,
      pointer,
    };
    return { at, finding };
  }
  const restricted = addresses.filter((address) => addressKind(address) !== 'public');
  if (restricted.length === 0) return undefined;
  const cidrs = restricted.map((address) => `"${address}/${address.includes(':') ? 128 : 32}"`).join(', ');
  const finding: Step['finding'] = {
    id: 'turn/private-peers',
    severity: 'info',
    message: `${path} now allows ${restricted.join(' and ')}: since 1.12.0 TURN does not relay to private addresses otherwise`,
    pointer,
  };
  return { at, finding, edit: setting(text, root, path.split('.'), `[${cidrs}]`) };
}

/** Since 1.10.1 TURN listens on 0.0.0.0 unless told otherwise, and ends when node_ip is an IPv6 address. */
function bindTurn({ text, root, to }: Situation): Step | undefined {
  const path = 'turn.bind_addresses';
  const turn = find(root, ['turn', 'enabled'])?.at(-1);
  if (!atLeast(to, '1.10.1') || turn === undefined || !isTrue(turn.value)) return undefined;
  const addresses = nodeIps(root);
  if (find(root, path.split('.')) || addresses.length === 0) return undefined;
  if (addresses.some((address) => !address.includes(':'))) return undefined;
  const finding: Step['finding'] = {
    id: 'turn/node-ip-family',
    severity: 'info',
    message: `${path} is now ["::"]: since 1.10.1 TURN listens on IPv4 alone otherwise, and ends with an IPv6 node_ip`,
    pointer: pathPointer(path),
  };
  return { at: turn.key.offset, finding, edit: setting(text, root, path.split('.'), '["::"]') };
}

/** The addresses of rtc.node_ip; none when it is missing. */
function nodeIps(root: YamlNode): string[] {
  const text = find(root, ['rtc', 'node_ip'])?.at(-1)?.value.value ?? '';
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => addressKind(part) !== undefined);
}

function isTrue(node: YamlNode | undefined): boolean {
  return node?.kind === 'scalar' && /^(true|yes|on|y)$/i.test(node.value);
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
