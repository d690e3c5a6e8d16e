import { hideQuotedSecrets } from './secrets.ts';
import { configType } from './table.ts';
import { type Decoded, decodeYaml, type Parsed, parseYaml, unmarshalMessage } from './yaml/index.ts';

/** A LiveKit configuration as livekit-server of one version reads it. */
export interface ReadConfig {
  parsed: Parsed;
  /** Absent when the text is no YAML document. */
  decoded?: Decoded;
  /** What the server prints and ends with; absent when it accepts the file so far. */
  message?: string;
}

/** Decodes strictly, as `livekit-server --config FILE` does before it looks at any value. Never throws. */
export function readConfig(input: string | Uint8Array | Parsed, version: string): ReadConfig {
  const parsed = typeof input === 'string' || input instanceof Uint8Array ? parseYaml(input) : input;
  // An empty file is skipped: the defaults hold.
  if (parsed.error && !parsed.empty)
    return { parsed, message: `could not parse config: ${parsed.error.message}` };
  const decoded = decodeYaml(parsed, configType(version));
  hideQuotedSecrets(decoded);
  if (decoded.errors.length === 0) return { parsed, decoded };
  return { parsed, decoded, message: `could not parse config: ${unmarshalMessage(decoded)}` };
}
