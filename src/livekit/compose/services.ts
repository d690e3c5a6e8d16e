/** The configurations of LiveKit and its egress service inside a compose file. */
import { parseVersion } from '../versions.ts';
import type { YamlNode } from '../yaml/index.ts';

export interface EmbeddedConfig {
  service: string;
  /** Whose it is. */
  kind: 'livekit' | 'egress';
  /** `LIVEKIT_CONFIG`, `EGRESS_CONFIG_BODY`, `--config-body` or `configs.NAME`. */
  where: string;
  /** The scalar that holds it, and where in its value it begins. */
  node: YamlNode;
  start: number;
  /** From the image's tag; absent: it names none. */
  version?: string;
  /** The service has keys in LIVEKIT_KEYS as well. */
  otherKeys: boolean;
}

/** Has it services, as compose means them? */
export function isComposeRoot(root: YamlNode | undefined): boolean {
  const services = child(root, 'services');
  return pairs(services).some(([, service]) =>
    ['image', 'build', 'command', 'environment'].some((key) => child(service, key)),
  );
}

/** What each service would hand to livekit-server or the egress service as its configuration, in the order of the file. */
export function embeddedConfigs(root: YamlNode | undefined): EmbeddedConfig[] {
  return pairs(child(root, 'services')).flatMap(([service, node]) => {
    const environment = variables(child(node, 'environment'));
    const image = child(node, 'image')?.value ?? '';
    const kind: EmbeddedConfig['kind'] = /(^|\/)egress([:@]|$)/.test(image) ? 'egress' : 'livekit';
    const version =
      kind === 'livekit' ? parseVersion(image.match(/:([^/@]+)(?:@.*)?$/)?.[1] ?? '') : undefined;
    const keys = environment.find(({ name }) => name === 'LIVEKIT_KEYS');
    const shared = {
      service,
      ...(version === undefined ? {} : { version }),
      otherKeys: keys !== undefined && keys.node.value.length > keys.start,
    };
    const bodies = environment.flatMap(({ name, node, start }) => {
      const kind = bodyVariables.get(name);
      return kind === undefined ? [] : [{ kind, where: name, node, start }];
    });
    const found = [...commandBodies(child(node, 'command')), ...mountedConfigs(root, node, image)];
    return [...bodies, ...found.map((config) => ({ kind, ...config }))].map(
      (config): EmbeddedConfig => ({ ...shared, ...config }),
    );
  });
}

const bodyVariables = new Map<string, EmbeddedConfig['kind']>([
  ['LIVEKIT_CONFIG', 'livekit'],
  ['EGRESS_CONFIG_BODY', 'egress'],
]);

/** `environment:` in either form; `start` is where the value begins in the node's. */
function variables(node: YamlNode | undefined): { name: string; node: YamlNode; start: number }[] {
  const environment = resolved(node);
  if (environment?.kind !== 'sequence') {
    return pairs(environment).map(([name, value]) => ({ name, node: value, start: 0 }));
  }
  return environment.content.flatMap((item) => {
    const entry = resolved(item);
    const at = entry?.value.indexOf('=') ?? -1;
    return entry === undefined || at < 0
      ? []
      : [{ name: entry.value.slice(0, at), node: entry, start: at + 1 }];
  });
}

/** `["--config-body", "…"]` and `["--config-body=…"]`. */
function commandBodies(command: YamlNode | undefined): { where: string; node: YamlNode; start: number }[] {
  const words = command?.kind === 'sequence' ? command.content : [];
  const flag = '--config-body';
  return words.flatMap((word, i) => {
    const next = words[i + 1];
    if (word.value === flag && next !== undefined) return [{ where: flag, node: next, start: 0 }];
    return word.value.startsWith(`${flag}=`) ? [{ where: flag, node: word, start: flag.length + 1 }] : [];
  });
}

/** The contents of `configs:` that a service of LiveKit's mounts. */
function mountedConfigs(
  root: YamlNode | undefined,
  service: YamlNode,
  image: string,
): { where: string; node: YamlNode; start: number }[] {
  if (!/(^|\/)(livekit-server|egress)([:@]|$)/.test(image)) return [];
  const mounts = child(service, 'configs');
  return (mounts?.kind === 'sequence' ? mounts.content : []).flatMap((mount) => {
    const name = mount.kind === 'scalar' ? mount.value : child(mount, 'source')?.value;
    const content = name === undefined ? undefined : child(child(child(root, 'configs'), name), 'content');
    return content === undefined ? [] : [{ where: `configs.${name}`, node: content, start: 0 }];
  });
}

function resolved(node: YamlNode | undefined): YamlNode | undefined {
  return node?.kind === 'alias' ? node.target : node;
}

/** The entries of a mapping, those it merges in behind its own. */
function pairs(node: YamlNode | undefined): [string, YamlNode][] {
  const mapping = resolved(node);
  if (mapping?.kind !== 'mapping') return [];
  const own: [string, YamlNode][] = [];
  const merged: [string, YamlNode][] = [];
  for (let i = 0; i + 1 < mapping.content.length; i += 2) {
    const key = mapping.content[i];
    const value = resolved(mapping.content[i + 1]);
    if (key === undefined || value === undefined) continue;
    if (key.tag !== '!!merge') own.push([key.value, value]);
    else
      for (const source of value.kind === 'sequence' ? value.content : [value]) merged.push(...pairs(source));
  }
  return [...own, ...merged.filter(([name]) => own.every(([known]) => known !== name))];
}

function child(node: YamlNode | undefined, key: string): YamlNode | undefined {
  return pairs(node).find(([name]) => name === key)?.[1];
}
