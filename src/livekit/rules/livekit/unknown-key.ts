import { suggest } from '../../../core/suggest.ts';
import type { Facts } from '../../facts.ts';
import { keysFor, pathsOf } from '../../table.ts';
import type { DecodeError } from '../../yaml/index.ts';
import { docs, type Problem, type Rule } from '../rule.ts';
import { unknownKeys, why } from './refused-keys.ts';

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
