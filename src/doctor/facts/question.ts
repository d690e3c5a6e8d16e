/** What doctor is asked to look at. */
import type { LoadedConfig } from '../../config/index.ts';

export interface Question {
  config: LoadedConfig;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  now(): Date;
  /** Send nothing over the network. */
  offline: boolean;
  /** Make calls with audio. */
  media: boolean;
  livekit?: NamedText | undefined;
  egress?: NamedText | undefined;
  compose?: NamedText | undefined;
  units: readonly NamedText[];
  /** A log to read, with the name findings call it by. */
  log?: { name: string; chunks: AsyncIterable<Uint8Array | string> } | undefined;
  /** What clients connect to, instead of livekit.host. */
  url?: string | undefined;
  /** A join token somebody has trouble with. */
  token?: string | undefined;
}

/** A file, as the operator named it, and what is in it. */
export interface NamedText {
  file: string;
  text: string;
}
