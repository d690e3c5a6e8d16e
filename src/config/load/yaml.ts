/**
 * config.yaml as a tree in which every value knows its line and column. Scalars stay text here: what a scalar
 * means depends on the key that holds it (see {@link ./scalars.ts}).
 */
import { EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE, YAMLException } from 'js-yaml';
import { failure } from '../../core/errors.ts';

export interface Place {
  /** 1-based. */
  line: number;
  /** 1-based, in UTF-16 units. */
  column: number;
}

export interface Scalar {
  kind: 'scalar';
  text: string;
  /** Without quotes and not a block: the text may mean a number, a boolean or null. */
  plain: boolean;
  at: Place;
}
export interface Sequence {
  kind: 'sequence';
  items: Node[];
  at: Place;
}
export interface Mapping {
  kind: 'mapping';
  entries: Map<string, Entry>;
  at: Place;
}
export interface Entry {
  at: Place;
  value: Node;
}
export type Node = Scalar | Sequence | Mapping;

/** Something about the YAML itself that is wrong. */
export interface YamlProblem {
  kind: 'syntax' | 'duplicate-key' | 'several-documents';
  message: string;
  at: Place;
}

export interface YamlDocument {
  /** Absent when the text is empty or can't be parsed. */
  root?: Node;
  problems: YamlProblem[];
}

/** What a file may come to once its aliases are written out. No configuration is larger. */
const maxNodes = 100_000;

/**
 * Parses the first document in `text`, which is the one Go's decoder reads.
 * @param file for failures
 * @throws Failure `config/yaml-bomb` when aliases multiply it beyond any use
 */
export function parseYaml(text: string, file: string): YamlDocument {
  const place = placesIn(text);
  let events: Event[];
  try {
    events = parseEvents(text, {});
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const at = place(error.mark?.position ?? 0);
    return { problems: [{ kind: 'syntax', message: error.reason, at }] };
  }
  const builder = new Builder(text, events, place);
  try {
    const root = builder.document();
    if (root && expandedSize(root, new Map()) > maxNodes) {
      throw failure('config/yaml-bomb', { file, limit: maxNodes });
    }
    return { root, problems: builder.problems };
  } catch (error) {
    if (!(error instanceof Unbuildable)) throw error;
    return { problems: [{ kind: 'syntax', message: error.message, at: error.at }] };
  }
}

class Unbuildable extends Error {
  readonly at: Place;
  constructor(message: string, at: Place) {
    super(message);
    this.at = at;
  }
}

class Builder {
  readonly problems: YamlProblem[] = [];
  private readonly anchors = new Map<string, Node>();
  private readonly open = new Set<string>();
  private next = 0;
  private readonly text: string;
  private readonly events: readonly Event[];
  private readonly place: (offset: number) => Place;

  constructor(text: string, events: readonly Event[], place: (offset: number) => Place) {
    this.text = text;
    this.events = events;
    this.place = place;
  }

  document(): Node | undefined {
    if (this.take()?.type !== EVENT_ID.DOCUMENT) return undefined;
    if (this.events[this.next]?.type === EVENT_ID.POP) return undefined;
    const root = this.node();
    this.next += 1;
    if (this.next < this.events.length) {
      const message = 'the file holds several documents, and only the first is read';
      const rest = this.events.slice(this.next).find((event) => 'start' in event || 'valueStart' in event);
      this.problems.push({ kind: 'several-documents', message, at: this.place(rest ? startOf(rest) : 0) });
    }
    return root;
  }

  private take(): Event | undefined {
    const event = this.events[this.next];
    this.next += 1;
    return event;
  }

  private node(): Node {
    const event = this.take();
    if (event === undefined || event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT) {
      throw new Error('js-yaml ended a collection early');
    }
    const at = this.place(startOf(event));
    const anchor = event.anchorStart < 0 ? undefined : this.text.slice(event.anchorStart, event.anchorEnd);
    if (event.type === EVENT_ID.ALIAS) return this.aliased(anchor ?? '', at);
    if (anchor !== undefined) this.open.add(anchor);
    const node = this.content(event, at);
    if (anchor !== undefined) {
      this.open.delete(anchor);
      this.anchors.set(anchor, node);
    }
    return node;
  }

  private aliased(anchor: string, at: Place): Node {
    if (this.open.has(anchor)) throw new Unbuildable(`the value of &${anchor} contains itself`, at);
    const node = this.anchors.get(anchor);
    if (node === undefined)
      throw new Unbuildable(`*${anchor} stands for nothing: there is no &${anchor} before it`, at);
    return node;
  }

  private content(event: Extract<Event, { anchorStart: number; tagStart: number }>, at: Place): Node {
    if (event.type === EVENT_ID.SCALAR) {
      const tag = event.tagStart < 0 ? '' : this.text.slice(event.tagStart, event.tagEnd);
      const plain = event.style === SCALAR_STYLE.PLAIN && tag !== '!!str' && tag !== '!';
      return { kind: 'scalar', text: getScalarValue(this.text, event), plain, at };
    }
    if (event.type === EVENT_ID.SEQUENCE) {
      const items: Node[] = [];
      while (!this.closed()) items.push(this.node());
      return { kind: 'sequence', items, at };
    }
    return this.mapping(at);
  }

  private mapping(at: Place): Mapping {
    const entries = new Map<string, Entry>();
    const merged: Mapping[] = [];
    while (!this.closed()) {
      const key = this.node();
      if (key.kind !== 'scalar') throw new Unbuildable(`a ${key.kind} can't be a key`, key.at);
      const value = this.node();
      if (key.plain && key.text === '<<') {
        merged.push(...mergeSources(value));
        continue;
      }
      const first = entries.get(key.text);
      if (first === undefined) entries.set(key.text, { at: key.at, value });
      else {
        const message = `"${key.text}" stands here a second time; the first is on line ${first.at.line}`;
        this.problems.push({ kind: 'duplicate-key', message, at: key.at });
      }
    }
    for (const source of merged) {
      for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry);
    }
    return { kind: 'mapping', entries, at };
  }

  private closed(): boolean {
    if (this.events[this.next]?.type !== EVENT_ID.POP) return false;
    this.next += 1;
    return true;
  }
}

function mergeSources(value: Node): Mapping[] {
  const sources = value.kind === 'sequence' ? value.items : [value];
  return sources.map((source) => {
    if (source.kind !== 'mapping') throw new Unbuildable('<< takes mappings only', source.at);
    return source;
  });
}

/** Nodes once every alias is written out. Counted without writing them out: aliases share their node. */
function expandedSize(node: Node, known: Map<Node, number>): number {
  const before = known.get(node);
  if (before !== undefined) return before;
  let size = 1;
  if (node.kind === 'sequence') for (const item of node.items) size += expandedSize(item, known);
  if (node.kind === 'mapping')
    for (const { value } of node.entries.values()) size += expandedSize(value, known);
  known.set(node, size);
  return size;
}

function startOf(event: Event): number {
  if ('valueStart' in event) {
    // A quoted scalar's value begins after its quote; people count from the quote.
    const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
    return quoted ? event.valueStart - 1 : event.valueStart;
  }
  if ('start' in event) return event.start;
  return 'anchorStart' in event ? event.anchorStart - 1 : 0;
}

/** Offsets → places, by binary search in the starts of lines. */
function placesIn(text: string): (offset: number) => Place {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}
