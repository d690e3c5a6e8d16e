/** Token specifications from CSV or JSON lines, one at a time, so that a list of any length fits. */
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import type { Context } from '../../cli/context.ts';
import { parseDuration } from '../../core/duration.ts';
import { Failure, failure, reasonOf, systemCode } from '../../core/errors.ts';
import { suggest } from '../../core/suggest.ts';
import { grants, setGrant } from '../../sfu/grants.ts';
import type { TokenSpec } from '../../sfu/tokens.ts';

interface Row {
  line: number;
  values: Record<string, unknown>;
}

const fields = ['identity', 'name', 'room', 'ttl', 'metadata', 'kind', 'attributes'] as const;
const attributePrefix = 'attributes.';

/**
 * `base` once a line, with what the line says otherwise.
 * @throws Failure `input/bad-line` at the first line that can't be used, `input/not-found`, `input/unreadable`
 */
export async function* readSpecs(file: string, base: TokenSpec, context: Context): AsyncGenerator<TokenSpec> {
  // Not readTextFile: a FIFO is welcome here (--from <(command)), and the whole need not fit into memory.
  const input = file === '-' ? context.host.stdin : createReadStream(resolve(context.cwd, file));
  let done = 0;
  for await (const { line, values } of readRows(input, file)) {
    try {
      yield overridden(base, values);
      done += 1;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      throw badLine(file, line, error.message, `${error.hint}; ${written(done)}`);
    }
  }
}

async function* readRows(input: AsyncIterable<Buffer | string>, file: string): AsyncGenerator<Row> {
  const chunks = failuresNamed(input, file);
  const first = await firstText(chunks);
  const stream = Readable.from(prepended(first, chunks));
  yield* first.trimStart().startsWith('{') ? readJsonLines(stream, file) : readCsv(stream, file);
}

async function* readJsonLines(stream: Readable, file: string): AsyncGenerator<Row> {
  let line = 0;
  for await (const text of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    if (text.trim() === '') continue;
    let values: unknown;
    try {
      values = JSON.parse(text);
    } catch (error) {
      throw badLine(file, line, `not JSON: ${reasonOf(error)}`, 'write one JSON object a line');
    }
    if (typeof values !== 'object' || values === null || Array.isArray(values)) {
      throw badLine(file, line, 'not a JSON object', 'write one JSON object a line');
    }
    yield { line, values: values as Record<string, unknown> };
  }
}

async function* readCsv(stream: Readable, file: string): AsyncGenerator<Row> {
  const parser = stream.pipe(
    parse({ columns: true, bom: true, info: true, trim: true, skip_empty_lines: true }),
  );
  stream.on('error', (error) => parser.destroy(error));
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: Record<string, string>;
      info: { lines: number };
    }>) {
      // An empty cell says nothing: what the options say holds.
      const values = Object.fromEntries(Object.entries(record).filter(([, value]) => value !== ''));
      yield { line: info.lines, values };
    }
  } catch (error) {
    if (error instanceof Failure || systemCode(error)?.startsWith('CSV_') !== true) throw error;
    const line = error instanceof Error && 'lines' in error ? Number(error.lines) : 1;
    throw badLine(
      file,
      line,
      reasonOf(error).replace(/ (on|at) line \d+/, ''),
      'a line has as many cells as the header, and quotes come in pairs',
    );
  }
}

function overridden(base: TokenSpec, values: Record<string, unknown>): TokenSpec {
  const own = { ...base.grants };
  const spec: TokenSpec = { ...base, grants: own };
  const attributes: Record<string, string> = { ...base.attributes };
  for (const [name, value] of Object.entries(values)) {
    if (name === 'ttl') spec.ttlMs = ttlOf(value);
    else if (name === 'attributes') Object.assign(attributes, attributesOf(value));
    else if (name.startsWith(attributePrefix))
      attributes[name.slice(attributePrefix.length)] = textOf(name, value);
    else if (name === 'room') {
      // A room on the line wins over one among the grants of the options.
      spec.room = textOf(name, value);
      if (own.video) own.video = { ...own.video, room: spec.room };
    } else if (name === 'identity' || name === 'name' || name === 'metadata' || name === 'kind') {
      spec[name] = textOf(name, value);
    } else if (grants.has(name)) setGrant(own, name, value);
    else throw unknownColumn(name);
  }
  if (Object.keys(attributes).length > 0) spec.attributes = attributes;
  const joins = own.video?.roomJoin ?? spec.room !== undefined;
  if (joins && !spec.identity) throw invalid('no identity', 'give each line an identity');
  return spec;
}

function ttlOf(value: unknown): number {
  const ms = typeof value === 'string' ? parseDuration(value) : undefined;
  if (ms === undefined || ms < 1000) {
    throw invalid(
      `ttl: "${value}" is no duration of a second or more`,
      'write it with a unit, such as 90s, 10m or 1h30m',
    );
  }
  return ms;
}

function attributesOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) {
    throw invalid('attributes is no object', 'write {"key": "value"}, or attributes.KEY columns in CSV');
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) => [key, textOf(`attributes.${key}`, text)]),
  );
}

function textOf(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw invalid(`${name} is ${JSON.stringify(value)}, not text`, 'put it between quotes');
}

function unknownColumn(name: string): Error {
  const near = suggest(name, [...fields, ...grants.keys()]);
  return invalid(
    `there is no column "${name}"`,
    near ? `did you mean ${near}?` : `the columns are ${fields.join(', ')} and the grants`,
  );
}

function invalid(problem: string, hint: string): Failure {
  return failure('usage/invalid', { problem, hint });
}

function badLine(file: string, line: number, problem: string, hint: string): Failure {
  return failure('input/bad-line', { file, line, problem, hint });
}

function written(count: number): string {
  return count === 0
    ? 'no token was written'
    : `${count} ${count === 1 ? 'token was' : 'tokens were'} written before it`;
}

/** Failures of the file system, as they are named elsewhere. */
async function* failuresNamed(input: AsyncIterable<Buffer | string>, file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  try {
    for await (const chunk of input) {
      yield typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') throw failure('input/not-found', { file }, error);
    if (code === 'EISDIR') throw failure('input/not-a-file', { file, kind: 'directory' }, error);
    throw failure('input/unreadable', { file, reason: reasonOf(error), hint: 'check the path' }, error);
  }
}

/** Enough of the beginning to tell JSON from CSV. */
async function firstText(chunks: AsyncIterator<string>): Promise<string> {
  let text = '';
  while (text.trim() === '') {
    const next = await chunks.next();
    if (next.done) return text;
    text += next.value;
  }
  return text;
}

async function* prepended(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}
