/** What rendering has to know of this host, looked up once. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { reasonOf } from '../core/errors.ts';
import { readFileBytes } from '../core/files.ts';
import { addressKind } from '../core/ip.ts';
import { turnCertificate } from './render/turn.ts';
import { domainCandidates, usableName } from './render/turn-domain.ts';
import type { CertificateFacts, RenderFacts, RenderInput } from './render/types.ts';

/** Does `name` resolve here? */
export type Resolver = (name: string) => Promise<boolean>;

/** @param resolves tests hand in another one */
export async function gatherRenderFacts(
  input: RenderInput,
  version: string,
  resolves: Resolver = resolvesHere,
): Promise<RenderFacts> {
  const files = turnCertificate(input);
  const [outboundIp, certificate] = await Promise.all([
    outboundAddress(),
    files && input.livekit.turn.externalTLS !== true ? readCertificate(files) : undefined,
  ]);
  const facts: RenderFacts = {
    version,
    ...(outboundIp === undefined ? {} : { outboundIp }),
    ...(certificate === undefined ? {} : { certificate }),
  };
  const wantsTurn = input.livekit.turn.enabled ?? input.tls.mode !== 'none';
  const domain = usableName(domainCandidates(input, facts))?.name;
  if (!wantsTurn || domain === undefined || (await resolves(domain))) return facts;
  return { ...facts, unresolvable: [domain] };
}

/**
 * The address this host talks to the world from: connecting a UDP socket picks the route and sends nothing.
 * Undefined without a route, or when the route leads nowhere but here.
 */
export async function outboundAddress(): Promise<string | undefined> {
  // Addresses reserved for documentation: routed like any other, and nobody's.
  for (const [family, target] of [
    ['udp4', '203.0.113.1'],
    ['udp6', '2001:db8::1'],
  ] as const) {
    const address = await new Promise<string | undefined>((resolve) => {
      const socket = createSocket(family);
      const end = (found?: string) => {
        socket.close();
        resolve(found);
      };
      socket.once('error', () => end());
      socket.connect(9, target, () => end(socket.address().address));
    });
    const kind = address === undefined ? undefined : addressKind(address);
    if (kind === 'public' || kind === 'private') return address;
  }
  return undefined;
}

/** The DNS names of a certificate and whether its key belongs to it. Expiry is not looked at: LiveKit loads it all the same. */
export async function readCertificate(files: {
  certFile: string;
  keyFile: string;
}): Promise<CertificateFacts> {
  const problem = (text: string, missing: boolean): CertificateFacts => ({
    names: [],
    problem: { text, missing },
  });
  let pem: Buffer;
  let key: Buffer;
  try {
    pem = await readFileBytes(files.certFile);
    key = await readFileBytes(files.keyFile);
  } catch (error) {
    return problem(reasonOf(error), true);
  }
  try {
    const certificate = new X509Certificate(pem);
    if (!certificate.checkPrivateKey(createPrivateKey(key))) {
      return problem(`${files.keyFile} is not the key of ${files.certFile}`, false);
    }
    return { names: dnsNames(certificate.subjectAltName) };
  } catch {
    return problem(`${files.certFile} and ${files.keyFile} are no certificate and key in PEM`, false);
  }
}

/** Of `DNS:meet.example.com, IP Address:10.0.0.1`, the names. Clients ignore the common name, so it isn't one. */
function dnsNames(subjectAltName: string | undefined): string[] {
  return (subjectAltName ?? '')
    .split(', ')
    .filter((part) => part.startsWith('DNS:'))
    .map((part) => part.slice('DNS:'.length));
}

async function resolvesHere(name: string): Promise<boolean> {
  try {
    await lookup(name);
    return true;
  } catch {
    return false;
  }
}
