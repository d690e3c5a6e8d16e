import { rememberSecret } from '../../core/redact.ts';
import { developmentKeys, type ReadConfig } from '../../emulator/index.ts';
import { hostFiles } from '../../livekit/files.ts';
import { lintLiveKit, parseLiveKit } from '../../livekit/lint.ts';
import { readConfig } from '../../livekit/read-config.ts';
import { readKeys } from '../../livekit/rules/keys/key-file.ts';
import type { YamlNode } from '../../livekit/yaml/index.ts';

type Section = Record<string, unknown>;

/**
 * Reads LiveKit configurations for the emulator, with the linter's verdict on them.
 * @param base where the files they name are looked for
 */
export function configReader(base: string): ReadConfig {
  return (yaml, version) => {
    const parsed = parseLiveKit(yaml);
    const files = hostFiles(base);
    const { verdict, message = '' } = lintLiveKit(parsed, { version, files });
    if (verdict === 'rejects') return { refusal: message };
    const config = { ...(readConfig(parsed, version).decoded?.value as Section | undefined) };
    const presets = entry(entry(parsed.root, 'room'), 'room_configurations');
    if (presets) config['room'] = { ...(config['room'] as Section), room_configurations: jsonOf(presets) };
    if (config['development'] === true && !config['keys']) config['keys'] = developmentKeys;
    const look = typeof config['key_file'] === 'string' ? files.look(config['key_file']) : undefined;
    if (look && 'bytes' in look) {
      const { keys } = readKeys(look.bytes);
      for (const secret of Object.values(keys)) rememberSecret(secret);
      config['keys'] = keys;
    }
    return { config };
  };
}

function entry(node: YamlNode | undefined, key: string): YamlNode | undefined {
  if (node?.kind === 'alias') return entry(node.target, key);
  const at =
    node?.kind === 'mapping' ? node.content.findIndex((item, i) => i % 2 === 0 && item.value === key) : -1;
  return at < 0 ? undefined : node?.content[at + 1];
}

/** A protobuf message in YAML as protobuf's JSON, which takes numbers in quotes. */
function jsonOf(node: YamlNode): unknown {
  const { kind, content, target, tag, value } = node;
  if (kind === 'alias') return target && jsonOf(target);
  if (kind === 'sequence') return content.map(jsonOf);
  if (kind === 'scalar') return tag === '!!bool' ? value === 'true' : tag === '!!null' ? null : value;
  const pairs = content.flatMap((key, i) => (i % 2 === 0 ? [[key.value, content[i + 1]] as const] : []));
  return Object.fromEntries(pairs.map(([key, item]) => [key, item && jsonOf(item)]));
}
