/** A compose file: its services, as far as they matter to meetings. */
import { parseVersion } from '../../livekit/versions.ts';
import { Document } from '../document.ts';
import { type FactSource, Missing } from './gather.ts';

/** One line of `ports:`, or one port of a range that is published as a whole. */
export interface PublishedPorts {
  /** On the host. Absent: compose picks one. */
  published: { from: number; to: number } | undefined;
  /** In the container. */
  target: { from: number; to: number };
  protocol: 'tcp' | 'udp';
  /** The host's address it is bound to; absent: all. */
  hostAddress: string | undefined;
  /** Its index under `ports:`. */
  index: number;
}

export interface ComposeService {
  name: string;
  role: 'livekit' | 'egress' | 'redis' | 'other';
  image: string | undefined;
  /** From the image's tag. */
  version: string | undefined;
  /** `entrypoint` and `command`, in words. */
  entrypoint: string[] | undefined;
  command: string[];
  /** Unexpanded; undefined for a variable that is handed through from the shell. */
  environment: ReadonlyMap<string, string | undefined>;
  ports: PublishedPorts[];
  hostNetwork: boolean;
  restart: string | undefined;
  /** Where `environment.NAME` stands. */
  placeOf(variable: string): ReturnType<Document['place']>;
}

export interface Compose {
  document: Document;
  services: ComposeService[];
}

export function readCompose({ question }: FactSource): Compose {
  const { compose } = question;
  if (compose === undefined) throw new Missing('no compose file was given (--compose FILE)');
  const document = new Document(compose.text, compose.file);
  return { document, services: document.keys('services').map((name) => serviceOf(document, name)) };
}

function serviceOf(document: Document, name: string): ComposeService {
  const at = ['services', name];
  const image = document.string(...at, 'image');
  const entrypoint = wordsOf(document, [...at, 'entrypoint']);
  const command = wordsOf(document, [...at, 'command']) ?? [];
  const environment = environmentOf(document, [...at, 'environment']);
  const listed = document.length(...at, 'environment') > 0;
  return {
    name,
    role: roleOf(image, [...(entrypoint ?? []), ...command]),
    image,
    version: parseVersion(image?.match(/:([^/@]+)(?:@.*)?$/)?.[1] ?? ''),
    entrypoint,
    command,
    environment,
    ports: portsOf(document, [...at, 'ports']),
    hostNetwork: document.string(...at, 'network_mode') === 'host',
    restart: document.string(...at, 'restart'),
    placeOf: (variable) =>
      listed
        ? document.place(...at, 'environment', [...environment.keys()].indexOf(variable))
        : document.place(...at, 'environment', variable),
  };
}

function roleOf(image: string | undefined, words: readonly string[]): ComposeService['role'] {
  const repository = image?.replace(/[:@][^/]*$/, '') ?? '';
  if (/(^|\/)livekit-server$/.test(repository)) return 'livekit';
  if (/(^|\/)egress$/.test(repository)) return 'egress';
  if (/(^|\/)(redis|valkey|keydb)$/.test(repository)) return 'redis';
  return words.some((word) => /(^|[\s/])livekit-server(\s|$)/.test(word)) ? 'livekit' : 'other';
}

/** Variables that only the container has, or that its program reads. */
export function variablesOf({ environment }: ComposeService): string[] {
  return [...environment.keys(), 'LIVEKIT_CONFIG', 'LIVEKIT_KEYS'];
}

/** A list as it is, a text split as a shell would, as far as quotes go. */
function wordsOf(document: Document, path: string[]): string[] | undefined {
  if (document.length(...path) > 0) return document.strings(...path);
  return document
    .string(...path)
    ?.match(/"[^"]*"|'[^']*'|\S+/g)
    ?.map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
}

function environmentOf(document: Document, path: string[]): Map<string, string | undefined> {
  const list = document.strings(...path);
  if (list.length > 0) {
    return new Map(
      list.map((entry) => {
        const at = entry.indexOf('=');
        return at < 0 ? [entry, undefined] : [entry.slice(0, at), entry.slice(at + 1)];
      }),
    );
  }
  return new Map(document.keys(...path).map((name) => [name, document.string(...path, name)]));
}

function portsOf(document: Document, path: string[]): PublishedPorts[] {
  return Array.from({ length: document.length(...path) }, (_, index) => {
    const short = document.string(...path, index);
    return short === undefined ? longPort(document, [...path, index], index) : shortPort(short, index);
  }).filter((port) => port !== undefined);
}

/** `127.0.0.1:50000-50010:50000-50010/udp`. */
function shortPort(text: string, index: number): PublishedPorts | undefined {
  const [, host, published, target, protocol] =
    text.match(/^(?:(\[[^\]]*\]|\d+(?:\.\d+){3}):)?(?:([\d-]*):)?([\d-]+)(?:\/(tcp|udp))?$/) ?? [];
  const inside = rangeOf(target);
  if (inside === undefined) return undefined;
  return {
    published: rangeOf(published),
    target: inside,
    protocol: protocol === 'udp' ? 'udp' : 'tcp',
    hostAddress: host,
    index,
  };
}

function longPort(document: Document, path: (string | number)[], index: number): PublishedPorts | undefined {
  const target = rangeOf(document.string(...path, 'target'));
  if (target === undefined) return undefined;
  return {
    published: rangeOf(document.string(...path, 'published')),
    target,
    protocol: document.string(...path, 'protocol') === 'udp' ? 'udp' : 'tcp',
    hostAddress: document.string(...path, 'host_ip'),
    index,
  };
}

function rangeOf(text: string | undefined): { from: number; to: number } | undefined {
  const [, from, to] = text?.match(/^(\d+)(?:-(\d+))?$/) ?? [];
  return from === undefined ? undefined : { from: Number(from), to: Number(to ?? from) };
}
