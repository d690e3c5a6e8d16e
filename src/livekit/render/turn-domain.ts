/** Which name clients reach TURN over TLS at, and what is wrong with those that won't do. */
import { addressKind } from '../../core/ip.ts';
import type { RenderFacts, RenderInput } from './types.ts';

/** A name that could be TURN's domain, and the setting it was read from. */
export interface Candidate {
  name: string;
  /** `livekit.turn.domain`, … or `certificate`. */
  from: string;
}

/** livekit-server's own rule; it is checked when turn.tls_port is set. */
const acceptedByLiveKit = /^[a-z0-9-]+(\.[a-z0-9-]+)+\.?$/i;

/**
 * Why `name` can't be TURN's domain, as the rest of a sentence that begins with the name, or undefined when it can.
 * Stricter than livekit-server, which takes an IPv4 address: browsers have no name to verify then.
 */
export function domainProblem(name: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(name)) return 'is a URL: the name alone is wanted';
  const kind = addressKind(name.replace(/^\[(.*)\]$/, '$1'));
  if (kind === 'unspecified') return 'stands for every interface of this host and is no name';
  if (kind !== undefined) return 'is an IP address, which TLS clients have no name to verify against';
  if (/^(\[.*\]|[^:]+):\d+$/.test(name)) return 'has a port in it: the name alone is wanted';
  if (/^(.*\.)?localhost\.?$/i.test(name)) return 'means this machine only, whoever asks';
  if (name.includes('*')) return 'is a wildcard: one host of it is wanted';
  if (name.includes('_')) return 'has an underscore, which no host name may have';
  if (acceptedByLiveKit.test(name)) return undefined;
  if (/^[a-z0-9-]+\.?$/i.test(name)) return 'is a single label: clients elsewhere cannot resolve it';
  return 'is not a host name';
}

/** Does a certificate for `names` cover `domain`? A wildcard stands for exactly one label. */
export function coveredBy(domain: string, names: readonly string[]): boolean {
  const plain = (name: string) => name.toLowerCase().replace(/\.$/, '');
  const wanted = plain(domain);
  const parent = wanted.slice(wanted.indexOf('.'));
  return names
    .map(plain)
    .some((name) => name === wanted || (name.startsWith('*.') && name.slice(1) === parent));
}

/** The names the server itself may go by, best first. */
export function serverNames(input: RenderInput, facts: Pick<RenderFacts, 'certificate'>): Candidate[] {
  const candidates: Candidate[] = [{ name: input.server.host, from: 'server.host' }];
  const served = input.server.domain ?? (input.tls.mode === 'acme' ? input.tls.domain : undefined);
  if (served) candidates.push({ name: served, from: 'server.domain' });
  for (const name of facts.certificate?.names ?? []) candidates.push({ name, from: 'the certificate' });
  return candidates;
}

/**
 * The names TURN may go by. A domain that was asked for is the only one: falling back from it in silence would send
 * clients somewhere nobody chose.
 */
export function domainCandidates(input: RenderInput, facts: Pick<RenderFacts, 'certificate'>): Candidate[] {
  const { domain } = input.livekit.turn;
  return domain ? [{ name: domain, from: 'livekit.turn.domain' }] : serverNames(input, facts);
}

/** The first of `candidates` that clients can resolve and verify. */
export function usableName(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.find(({ name }) => domainProblem(name) === undefined);
}
