import type { Facts } from '../../facts.ts';
import type { YamlNode } from '../../yaml/index.ts';
import { docs, type Rule } from '../rule.ts';

const dialects: { name: string; keys: string[]; least: number; hint: string }[] = [
  {
    name: 'a values file of the LiveKit helm chart',
    keys: [
      'replicaCount',
      'livekit',
      'loadBalancer',
      'autoscaling',
      'resources',
      'nodeSelector',
      'tolerations',
      'affinity',
      'ingress',
      'storeKeysInSecret',
      'terminationGracePeriodSeconds',
      'image',
      'podAnnotations',
      'serviceAccount',
    ],
    least: 2,
    hint: 'lint what stands below its livekit: key',
  },
  {
    name: 'an OpenVidu configuration',
    keys: ['openvidu', 'openvidu_pro', 'mediaserver', 'rtc_engine', 'cluster'],
    least: 1,
    hint: 'OpenVidu’s own server reads it; livekit-server knows none of its keys',
  },
  {
    name: 'a compose file',
    keys: ['services', 'volumes', 'networks', 'version'],
    least: 1,
    hint: 'lint the file that the container is given',
  },
  {
    name: 'a Kubernetes manifest',
    keys: ['apiVersion', 'kind', 'metadata', 'spec', 'data'],
    least: 2,
    hint: 'lint the file inside the ConfigMap',
  },
];

/** What kind of file this is, if it isn't LiveKit's: its name, what to do, and the key that gives it away. */
export function foreignDialect(facts: Facts): { name: string; hint: string; key: YamlNode } | undefined {
  const { root } = facts;
  if (root?.kind !== 'mapping') return undefined;
  const keys = root.content.filter((_, index) => index % 2 === 0);
  const own = keys.filter(({ value }) => ['port', 'rtc', 'keys', 'turn', 'redis'].includes(value)).length;
  for (const { name, keys: signs, least, hint } of dialects) {
    const found = keys.filter(({ value }) => signs.includes(value));
    const unknown = found.filter(({ value }) => value !== 'ingress');
    const [key] = unknown;
    if (key && found.length >= least && (own === 0 || name.includes('OpenVidu'))) return { name, hint, key };
  }
  return undefined;
}

export const foreignDialectRule: Rule = {
  id: 'livekit/foreign-dialect',
  title: 'The file is one of LiveKit’s',
  severity: 'error',
  why: 'livekit-server refuses files of other programs at the first key that it doesn’t know',
  fix: 'name the file that livekit-server is given',
  docs: docs.selfHosting,
  *run(facts) {
    const foreign = foreignDialect(facts);
    if (foreign === undefined || facts.errors.length === 0) return;
    yield {
      at: '',
      node: foreign.key,
      message: `this is ${foreign.name}, not a configuration of livekit-server`,
      hint: foreign.hint,
    };
  },
};
