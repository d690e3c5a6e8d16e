/** The three rules on keys that a version doesn't take, and what they say in common. */
import { suggest } from '../../core/suggest.ts';
import type { Facts } from '../facts.ts';
import { type Field, fieldVariants, keysFor, pathsOf } from '../table.ts';
import { compareVersions } from '../versions.ts';
import type { DecodeError } from '../yaml/index.ts';
import { docs, type Problem, type Rule } from './rule.ts';

/** Invented or moved keys that come up often, and what to do instead. */
const known: Record<string, string> = {
  tls: 'livekit-server has never ended TLS itself: put a proxy in front, and give clients its wss:// address',
  egress: 'recording is the egress service’s business: S3 settings go in its own file or in each request',
  webrtc: 'the section is called rtc',
  api_key: 'write keys: with the API key as key and its secret as value',
  api_secret: 'write keys: with the API key as key and its secret as value',
  debug_handler_port: 'since 1.13.2 it is debug_handler: with port: inside',
  dynacast: 'dynacast is chosen by clients; remove it',
  services: 'this is a compose file; lint the file that the container is given',
  LIVEKIT_CONFIG: 'this is a variable’s value as a whole: lint what stands below it',
};

type Verdict = 'unknown' | 'too-new' | 'removed';

function* unknownKeys(
  facts: Facts,
  wanted: Verdict,
): Iterable<{ error: DecodeError; key: string; variants: Field[] }> {
  for (const error of facts.errors) {
    if (error.why !== 'unknown-key') continue;
    const key = error.node.value;
    const owner = error.owner ?? '';
    if (wanted !== 'unknown' && key === 'tls' && owner === 'config.Config') continue;
    const variants = fieldVariants(owner, key);
    if (verdictOf(variants, facts.version) === wanted) yield { error, key, variants };
  }
}

function verdictOf(variants: readonly Field[], version: string): Verdict {
  if (variants.length === 0) return 'unknown';
  const gone = variants.some(({ until }) => until !== null && compareVersions(version, until) > 0);
  return gone ? 'removed' : 'too-new';
}

const why =
  'the configuration is parsed strictly: one key that the release doesn’t know, and it ends with exit status 0';

export const unknownKey: Rule = {
  id: 'livekit/unknown-key',
  title: 'Every key is one that LiveKit knows',
  severity: 'error',
  why,
  fix: 'remove the key',
  docs: docs.sample,
  *run(facts) {
    for (const { error, key } of unknownKeys(facts, 'unknown')) {
      if (key === 'tls' && error.owner === 'config.Config') continue;
      const path = error.path.join('.');
      yield {
        at: path,
        node: error.node,
        message: `no livekit-server knows the key ${path === '' ? key : path}: field ${key} not found in type ${error.owner}`,
        ...hintFor(key, error, facts),
      };
    }
  },
};

function hintFor(key: string, error: DecodeError, facts: Facts): Pick<Problem, 'hint'> {
  const topLevel = error.owner === 'config.Config';
  if (topLevel && known[key] !== undefined) return { hint: known[key] };
  const near = suggest(key, keysFor(error.owner ?? '', facts.version));
  const [elsewhere] = pathsOf(key, facts.version);
  if (near !== undefined) return { hint: `did you mean ${near}?` };
  if (elsewhere !== undefined) return { hint: `the key belongs at ${elsewhere}` };
  return {};
}

export const tooNewKey: Rule = {
  id: 'livekit/too-new-key',
  title: 'No key is newer than the release',
  severity: 'error',
  why,
  fix: 'remove the key, or use a release that has it',
  docs: docs.releases,
  *run(facts) {
    for (const { error, key, variants } of unknownKeys(facts, 'too-new')) {
      const since = variants[0]?.since;
      yield {
        at: error.path.join('.'),
        node: error.node,
        message: `livekit-server ${facts.version} does not know the key ${key} yet${since ? `: ${since} was the first` : ''}`,
        hint: `use livekit-server ${since ?? 'of a later release'}, or remove the key`,
      };
    }
  },
};

export const removedKey: Rule = {
  id: 'livekit/removed-key',
  title: 'No key has been removed by the release',
  severity: 'error',
  why,
  fix: 'remove the key',
  docs: docs.releases,
  *run(facts) {
    for (const { error, key, variants } of unknownKeys(facts, 'removed')) {
      const until = variants.findLast((variant) => variant.until !== null)?.until;
      yield {
        at: error.path.join('.'),
        node: error.node,
        message: `livekit-server ${facts.version} has no key ${key} any more: ${until} was the last to know it`,
      };
    }
  },
};

export const tlsRemoved: Rule = {
  id: 'livekit/tls-removed',
  title: 'There is no top-level tls section',
  severity: 'error',
  why: 'no release from 1.5 to 1.13 takes one, whatever guides say: the server prints "field tls not found in type config.Config" and ends',
  fix: 'remove tls: and let a proxy end TLS; use http:// and ws:// towards LiveKit itself. TURN has its own certificate under turn:',
  docs: docs.selfHosting,
  *run(facts) {
    for (const error of facts.errors) {
      if (error.why !== 'unknown-key' || error.node.value !== 'tls' || error.owner !== 'config.Config')
        continue;
      yield {
        at: 'tls',
        node: error.node,
        message: 'livekit-server takes no top-level tls section: field tls not found',
      };
    }
  },
};
