import type { Facts } from '../../facts.ts';
import { loadPair, type Pair } from '../tls/pair.ts';
import { turnTls } from './tls.ts';

/** The certificate and key that TURN would load; undefined where it loads none, or there is no telling here. */
export function pairOf(facts: Facts): Pair | undefined {
  if (!turnTls(facts) || facts.flag('turn.external_tls')) return undefined;
  return loadPair(facts.files, facts.string('turn.cert_file'), facts.string('turn.key_file'));
}
