/** What the scanner hands to the parser. */

export interface Mark {
  /** In UTF-16 units from the beginning. */
  offset: number;
  /** 0-based; YAML 1.1 counts CR, NEL, LS and PS as line breaks too. */
  line: number;
  /** 0-based, in characters. */
  column: number;
  /** The offset of the line's beginning. */
  lineStart: number;
}

export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal' | 'folded';

export type Token = { start: Mark; end: Mark } & (
  | {
      type:
        | 'stream-start'
        | 'stream-end'
        | 'document-start'
        | 'document-end'
        | 'block-sequence-start'
        | 'block-mapping-start'
        | 'block-end'
        | 'flow-sequence-start'
        | 'flow-sequence-end'
        | 'flow-mapping-start'
        | 'flow-mapping-end'
        | 'block-entry'
        | 'flow-entry'
        | 'key'
        | 'value';
    }
  | { type: 'version-directive'; major: number; minor: number }
  | { type: 'tag-directive'; handle: string; prefix: string }
  | { type: 'alias' | 'anchor'; value: string }
  | { type: 'tag'; handle: string; suffix: string }
  | { type: 'scalar'; value: string; style: ScalarStyle }
);

/**
 * The text isn't YAML as libyaml has it. `printed` is the line that yaml.v3 names (0: none), which is not always
 * the line of `mark`, where the problem is.
 */
export class YamlSyntaxError extends Error {
  readonly mark: Mark;
  readonly printed: number;
  constructor(problem: string, mark: Mark, printed: number) {
    super(problem);
    this.mark = mark;
    this.printed = printed;
  }
}
