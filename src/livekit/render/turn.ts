/** LiveKit's `turn:` section: relaying for clients that no direct path reaches. */
import type { Finding } from '../../core/finding.ts';
import { atLeast } from '../versions.ts';
import type { NodeIp } from './node-ip.ts';
import { type Candidate, coveredBy, domainCandidates, domainProblem, usableName } from './turn-domain.ts';
import type { RenderFacts, RenderInput, Tree } from './types.ts';

const defaultPorts = { udp: 3478, tls: 5349 };

/** TURN's certificate: its own, or the server's. Absent: there is no file to hand to LiveKit. */
export function turnCertificate(input: RenderInput): { certFile: string; keyFile: string } | undefined {
  const { certFile, keyFile } = input.livekit.turn;
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
  return 'certFile' in input.tls ? input.tls : undefined;
}

/** @returns the section, without `section` when TURN is off */
export function renderTurn(
  input: RenderInput,
  facts: RenderFacts,
  nodeIp: NodeIp,
): { section?: Tree; findings: Finding[] } {
  const { turn } = input.livekit;
  const findings: Finding[] = [];
  if (!(turn.enabled ?? input.tls.mode !== 'none')) return { findings };

  const udpPort = udpPortFor(input, facts, nodeIp, findings);
  const tls = tlsPart(input, facts, findings);
  if (udpPort === undefined && tls === undefined) {
    findings.push({
      id: 'turn/no-port',
      severity: 'error',
      message: 'TURN is on, but neither UDP nor TLS is left to listen on: it was switched off',
      hint: `set livekit.turn.udpPort (usually ${defaultPorts.udp}), or livekit.turn.enabled: false`,
      pointer: '/livekit/turn',
    });
    return { findings };
  }
  const section: Tree = {
    enabled: true,
    domain: tls?.domain,
    udp_port: udpPort,
    tls_port: tls?.port,
    external_tls: tls?.external ? true : undefined,
    cert_file: tls?.certFile,
    key_file: tls?.keyFile,
    relay_range_start: turn.relayRangeStart,
    relay_range_end: turn.relayRangeEnd,
    ...reachability(nodeIp, facts.version),
  };
  return { section, findings };
}

/** What TURN needs to know of the address it relays from and to. */
function reachability({ address, kind }: NodeIp, version: string): Tree {
  const family: Tree = {};
  if (address === undefined) return family;
  const v6 = address.includes(':');
  // Since 1.10.1 TURN listens on 0.0.0.0 unless told otherwise, and ends when node_ip is of the other family.
  if (v6 && atLeast(version, '1.10.1')) family['bind_addresses'] = ['::'];
  // Since 1.12.0 relaying to private addresses is refused; the SFU itself is the peer that clients relay to.
  if (kind !== 'public' && atLeast(version, '1.12.0')) {
    family['allow_restricted_peer_cidrs'] = [`${address}/${v6 ? 128 : 32}`];
  }
  return family;
}

function udpPortFor(
  input: RenderInput,
  facts: RenderFacts,
  { address }: NodeIp,
  findings: Finding[],
): number | undefined {
  const port = input.livekit.turn.udpPort ?? defaultPorts.udp;
  if (port === 0) return undefined;
  if (!address?.includes(':') || atLeast(facts.version, '1.10.1')) return port;
  findings.push({
    id: 'turn/ipv6-url',
    severity: 'warning',
    message: `livekit-server ${facts.version} gives clients a broken TURN URL for an IPv6 node_ip: TURN over UDP is left out`,
    hint: 'use livekit-server 1.10.1 or later, or an IPv4 livekit.nodeIP',
    pointer: '/livekit/nodeIP',
  });
  return undefined;
}

interface TlsPart {
  port: number;
  domain: string;
  external: boolean;
  certFile?: string;
  keyFile?: string;
}

function tlsPart(input: RenderInput, facts: RenderFacts, findings: Finding[]): TlsPart | undefined {
  const { turn } = input.livekit;
  const external = turn.externalTLS === true;
  const files = turnCertificate(input);
  const port = turn.tlsPort ?? defaultPorts.tls;
  // Nobody asked for TLS: the server speaks plain HTTP and TURN has no certificate of its own.
  if (port === 0 || (input.tls.mode === 'none' && !external && files === undefined)) return undefined;

  if (!external) {
    const problem = certificateProblem(input, facts);
    if (problem) findings.push(problem);
    if (problem && problem.id !== 'turn/cert-unread') return undefined;
  }
  const candidates = domainCandidates(input, facts);
  const chosen = usableName(candidates);
  if (chosen === undefined) {
    findings.push(unusable(candidates));
    return undefined;
  }
  const names = facts.certificate?.names ?? [];
  if (!external && names.length > 0 && !coveredBy(chosen.name, names)) {
    findings.push(notCovered(chosen, names));
    return undefined;
  }
  if (facts.unresolvable?.includes(chosen.name)) findings.push(unresolvable(chosen));
  const routing = port443(input, chosen.name, port, external);
  if (routing) findings.push(routing);
  return { port, domain: chosen.name, external, ...(external ? {} : files) };
}

const udpOnly = 'TURN runs over UDP only';

function certificateProblem(input: RenderInput, { certificate }: RenderFacts): Finding | undefined {
  const files = turnCertificate(input);
  if (files === undefined) {
    return {
      id: 'turn/no-certificate',
      severity: 'warning',
      message: `there is no certificate file for TURN over TLS (an ACME certificate is not a file): ${udpOnly}`,
      hint: 'set livekit.turn.certFile and keyFile, or livekit.turn.externalTLS where a proxy ends TLS',
      pointer: '/livekit/turn/certFile',
    };
  }
  const problem = certificate?.problem;
  if (problem === undefined) return undefined;
  return problem.missing
    ? {
        id: 'turn/cert-unread',
        severity: 'warning',
        message: `TURN's certificate was not checked: ${problem.text}`,
        hint: 'livekit-server needs to read the certificate and its key where it runs, and ends when it cannot',
        pointer: '/livekit/turn/certFile',
      }
    : {
        id: 'turn/cert-unusable',
        severity: 'error',
        message: `TURN's certificate cannot be used: ${problem.text}: ${udpOnly}`,
        hint: 'name a certificate in PEM and the key that belongs to it: server.certFile and keyFile, or livekit.turn.certFile and keyFile',
        pointer: '/livekit/turn/certFile',
      };
}

function unusable(candidates: Candidate[]): Finding {
  const [first, ...rest] = candidates.map(({ name, from }) => `${from} (${name}) ${domainProblem(name)}`);
  return {
    id: 'turn/domain-unusable',
    severity: 'warning',
    message: `no name for TURN over TLS: ${[first, ...rest].join('; ')}: ${udpOnly}`,
    hint: 'set livekit.turn.domain (or server.domain) to a DNS name of this host that its certificate covers, such as turn.example.com',
    pointer: '/livekit/turn/domain',
  };
}

function notCovered({ name, from }: Candidate, names: readonly string[]): Finding {
  return {
    id: 'turn/cert-name',
    severity: 'warning',
    message: `the certificate does not cover ${name} (${from}), only ${names.join(', ')}: ${udpOnly}`,
    hint: `set livekit.turn.domain to a name the certificate covers, or get one that covers ${name}`,
    pointer: '/livekit/turn/domain',
  };
}

function unresolvable({ name, from }: Candidate): Finding {
  return {
    id: 'turn/domain-unresolvable',
    severity: 'warning',
    message: `${name} (${from}), TURN's domain, does not resolve on this host`,
    hint: `add a DNS record for ${name} that points here, or set livekit.turn.domain to a name that has one`,
    pointer: '/livekit/turn/domain',
  };
}

/**
 * Clients are told `turns:DOMAIN:443` whatever turn.tls_port is (all releases to 1.13.5). That works by itself only
 * where `bedrud serve` runs the SFU and listens on 443.
 */
function port443(input: RenderInput, domain: string, port: number, external: boolean): Finding | undefined {
  const told = `clients are told to find TURN over TLS at ${domain}:443, whatever tls_port is`;
  const finding = (severity: Finding['severity'], message: string, hint: string): Finding => ({
    id: 'turn/port-443',
    severity,
    message,
    hint,
    pointer: '/livekit/turn/tlsPort',
  });
  const served = input.tls.mode !== 'none' && input.livekit.external !== true;
  if (served && !external && input.server.port === 443) {
    if (port !== 443) return undefined;
    return finding(
      'error',
      'TURN over TLS (livekit.turn.tlsPort) and the API (server.port) both want TCP port 443',
      `leave livekit.turn.tlsPort at ${defaultPorts.tls}: bedrud serve hands TURN clients on 443 over to it`,
    );
  }
  if (external) {
    return finding(
      'info',
      told,
      `have what ends TLS listen on ${domain}:443 and pass plain TCP on to port ${port}`,
    );
  }
  if (port === 443) return undefined;
  return finding(
    'warning',
    `${told}, and nothing of ours listens there`,
    `pass TCP ${domain}:443 on to port ${port} without ending TLS, or let bedrud serve listen on 443 (server.port)`,
  );
}
