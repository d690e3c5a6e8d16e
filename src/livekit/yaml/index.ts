/**
 * YAML as gopkg.in/yaml.v3 decodes it into Go structs with KnownFields, which is how livekit-server reads its
 * configuration. Own work rather than a YAML package, since what counts is the same verdict and the same message.
 */
import { type Decoded, type DecodeError, decodeNode } from './decode.ts';
import { makeNode, type YamlNode } from './node.ts';
import { parseDocument, UnknownAnchor } from './parser.ts';
import { readSource } from './source.ts';
import { type Mark, YamlSyntaxError } from './tokens.ts';
import type { GoType } from './types.ts';

export { type Decoded, type DecodeError, type Place, pointerOf } from './decode.ts';
export type { YamlNode } from './node.ts';
export { CustomError, type GoType } from './types.ts';

/** The first document of a text. */
export interface Parsed {
  text: string;
  /** Not a single byte. */
  empty: boolean;
  /** Undefined when the text is broken, or holds nothing but comments. */
  root?: YamlNode;
  error?: SyntaxProblem;
}

/** Why a text is no YAML document. */
export interface SyntaxProblem {
  /** As the server prints it. */
  message: string;
  /** Without the line number and `yaml:`. */
  problem: string;
  /** Where it is, 1-based; the server may name another line. */
  line: number;
  column: number;
}

/** Parses `input`; bytes are checked to be UTF-8 (or UTF-16 with a byte order mark). Never throws. */
export function parseYaml(input: string | Uint8Array): Parsed {
  const source = readSource(input);
  const { text } = source;
  const empty = input.length === 0;
  try {
    const root = parseDocument(source);
    if (root !== undefined) return { text, empty, root };
    return {
      text,
      empty,
      error: { message: 'EOF', problem: 'the file holds no document', line: 1, column: 1 },
    };
  } catch (error) {
    return { text, empty, error: problemOf(error, text) };
  }
}

function problemOf(error: unknown, text: string): SyntaxProblem {
  if (error instanceof YamlSyntaxError) {
    const place = error.printed === 0 ? '' : `line ${error.printed}: `;
    return {
      message: `yaml: ${place}${error.message}`,
      problem: error.message,
      ...positionOf(error.mark, text),
    };
  }
  if (error instanceof UnknownAnchor) {
    const { line, column } = error.node;
    return { message: `yaml: ${error.message}`, problem: error.message, line, column };
  }
  throw error;
}

function positionOf(mark: Mark, text: string): { line: number; column: number } {
  if (mark.offset >= text.length) return endOf(text);
  return { line: mark.line + 1, column: mark.offset - mark.lineStart + 1 };
}

/** Behind the last thing that is written: at the end, the scanner counts a line that isn't there. */
function endOf(text: string): { line: number; column: number } {
  const lines = text.trimEnd().split(/\r\n|[\n\r]/);
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

/** Decodes what {@link parseYaml} found; an empty document sets nothing. Never throws. */
export function decodeYaml(parsed: Parsed, type: GoType): Decoded {
  const start = { offset: 0, line: 0, column: 0, lineStart: 0 };
  return decodeNode(parsed.root ?? makeNode('scalar', '', '', 'plain', start), type);
}

/** What the server prints of the errors of decoding. */
export function unmarshalMessage(decoded: Decoded): string {
  const last = decoded.errors.at(-1) as DecodeError;
  if (decoded.fatal) return last.message;
  return `yaml: unmarshal errors:\n${decoded.errors.map((error) => `  ${error.message}`).join('\n')}`;
}
