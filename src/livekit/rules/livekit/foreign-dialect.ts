import type { Facts } from '../../facts.ts';
import type { YamlNode } from '../../yaml/index.ts';
import { docs, type Rule } from '../rule.ts';

interface Dialect {
  name: string;
  /** Keys at the top that livekit-server doesn't know. */
  keys: string[];
  /** How many of them it takes. */
  least: number;
  /** It is told beside LiveKit's own keys, too. */
  mixed?: true;
  hint: string;
}

const dialects: Dialect[] = [
  {
    name: 'a values file of a LiveKit helm chart',
    keys: [
      'replicaCount',
      'livekit',
      'egress',
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
    hint: 'lint what stands below its livekit: or egress: key',
  },
  {
    name: 'an OpenVidu configuration',
    keys: ['openvidu', 'openvidu_pro', 'mediaserver', 'rtc_engine', 'cluster'],
    least: 1,
    mixed: true,
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
  {
    name: 'a file of the ingress service',
    keys: ['rtmp_port', 'whip_port', 'http_relay_port'],
    least: 1,
    mixed: true,
    hint: 'lint knows no files of the ingress service',
  },
  {
    name: 'a file of the SIP service',
    keys: ['sip_port', 'rtp_port', 'sip_hostname'],
    least: 1,
    mixed: true,
    hint: 'lint knows no files of the SIP service',
  },
  {
    name: 'a file of the egress service',
    keys: ['ws_url', 'template_base', 'session_limits', 'cpu_cost'],
    least: 1,
    hint: 'lint it with --kind egress',
  },
];
/** Redis and a port are for many programs. */
const livekitOnly = ['rtc', 'keys', 'turn', 'key_file', 'webhook', 'room'];
/** So many keys that no livekit-server knows, and none of its own, make a file of another program. */
const strangers = 3;

/** What kind of file this is, if it isn't LiveKit's: its name, what to do, and the key that gives it away. */
export function foreignDialect(facts: Facts): { name: string; hint: string; key: YamlNode } | undefined {
  const { root } = facts;
  if (root?.kind !== 'mapping') return undefined;
  const keys = root.content.filter((_, index) => index % 2 === 0);
  const own = keys.filter(({ value }) => livekitOnly.includes(value)).length;
  for (const { name, keys: signs, least, mixed = false, hint } of dialects) {
    const found = keys.filter(({ value }) => signs.includes(value));
    const unknown = found.filter(({ value }) => value !== 'ingress');
    const [key] = unknown;
    if (key && found.length >= least && (own === 0 || mixed)) return { name, hint, key };
  }
  const unknown = facts.errors.filter(({ why, path }) => why === 'unknown-key' && path.length === 1);
  const [first] = unknown;
  if (first === undefined || own > 0 || unknown.length < strangers || unknown.length * 2 < keys.length) {
    return undefined;
  }
  const hint = 'name the file that livekit-server is given';
  return { name: 'a file of another program', hint, key: first.node };
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
