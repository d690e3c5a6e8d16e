/** What a diagnosis is of, for somebody who reads it elsewhere: without a secret, and without what LiveKit's file says of hosts. */
import { show } from '../config/show.ts';
import { type FactSource, unlessMissing } from './facts/gather.ts';
import type { LiveKitVersion } from './facts/livekit.ts';

export interface Setup {
  /** livekit-server's release, and how it is known. */
  livekit: LiveKitVersion | undefined;
  external: boolean;
  /** The name of Bedrud's configuration file. */
  file: string | undefined;
  /** What of Bedrud's configuration is no default, as YAML, secrets masked. */
  config: string;
  /** LiveKit's configuration: its name, and the keys it has. */
  livekitConfig: { name: string; keys: string[] } | undefined;
  /** The services of a compose file, with their images. */
  services: { name: string; image: string }[];
}

export async function describeSetup(source: FactSource): Promise<Setup> {
  const loaded = source.question.config;
  const [livekit, file, compose] = await Promise.all([
    source.fact('version').catch(unlessMissing),
    source.fact('livekit').catch(unlessMissing),
    source.fact('compose').catch(unlessMissing),
  ]);
  return {
    livekit,
    external: loaded.config.livekit.external,
    file: loaded.file,
    config: show(loaded, true).text,
    livekitConfig: file && { name: file.name, keys: keysOf(file.document.plain()) },
    services: (compose?.services ?? []).flatMap(({ name, image }) =>
      image === undefined ? [] : [{ name, image }],
    ),
  };
}

/** `rtc.tcp_port`, …, and how many API keys there are instead of which. */
function keysOf(value: unknown, path = ''): string[] {
  if (path === 'keys' || typeof value !== 'object' || value === null || Array.isArray(value))
    return path === '' ? [] : [path];
  return Object.entries(value).flatMap(([name, child]) =>
    keysOf(child, path === '' ? name : `${path}.${name}`),
  );
}
