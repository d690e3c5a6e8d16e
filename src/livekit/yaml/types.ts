/** The Go types that a document is decoded into, as far as decoding needs to know them. */
import type { YamlNode } from './node.ts';

export type ScalarKind =
  | 'string'
  | 'bool'
  | 'int'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'float32'
  | 'float64'
  | 'duration';

/** `name` is what the server calls the type in its messages. */
export type GoType =
  | { kind: 'scalar'; name: string; scalar: ScalarKind }
  | { kind: 'list'; name: string; of: GoType }
  | { kind: 'map'; name: string; key: GoType; of: GoType }
  | { kind: 'struct'; name: string; field(key: string): GoType | undefined }
  /** It reads the node by itself. */
  | { kind: 'custom'; name: string; read(node: YamlNode): unknown };

/** A value that a custom type refuses; the message is the whole of what the server prints. */
export class CustomError extends Error {
  readonly node: YamlNode;
  readonly why: 'value' | 'kind' | 'unknown-key';
  /** The type that lacks an unknown key. */
  readonly owner: string | undefined;
  constructor(message: string, node: YamlNode, why: CustomError['why'] = 'value', owner?: string) {
    super(message);
    this.node = node;
    this.why = why;
    this.owner = owner;
  }
}
