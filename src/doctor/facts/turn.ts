/** TURN and STUN, asked as clients and as LiveKit itself will ask them. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { reasonOf } from '../../core/errors.ts';
import { addressKind } from '../../core/ip.ts';
import type { Document } from '../document.ts';
import type { TurnCredentials } from '../probes/stun.ts';
import {
  askOtherwise,
  askOverTcp,
  askOverTls,
  askOverUdp,
  type Instead,
  type ServedCertificate,
  type TurnAnswer,
} from '../probes/turn.ts';
import { type FactSource, Missing, unlessMissing } from './gather.ts';
import { stepMs } from './sfu.ts';

type Transport = 'udp' | 'tcp' | 'tls';

export interface TurnServer {
  /** `turns:turn.example.com:443`. */
  url: string;
  transport: Transport;
  port: number;
  /** Clients were told of it when they joined; otherwise the configuration says so. */
  announced: boolean;
  answer: TurnAnswer & { certificate?: ServedCertificate };
  /** What answers there, when TURN over TLS does not. */
  instead?: Instead;
}

export interface TurnDomain {
  name: string;
  /** Empty when it doesn't resolve. */
  addresses: string[];
  problem?: string;
}

export interface Turn {
  /** As the configuration has it; undefined where nobody knows. */
  enabled: boolean | undefined;
  /** turn.domain, and where it leads. */
  domain?: TurnDomain;
  /** rtc.node_ip, as the configuration has it. */
  nodeIp?: string;
  servers: TurnServer[];
  /** turn.cert_file, which the served one should be. */
  certFile?: string;
}

/** For each step of asking once more, of somebody who was slow or did not understand, in milliseconds. */
const againMs = 1_000;

interface Wanted {
  transport: Transport;
  host: string;
  port: number;
  credentials?: TurnCredentials;
}

export async function askTurn(source: FactSource): Promise<Turn> {
  const document = await source.fact('livekit').then(({ document }) => document, unlessMissing);
  const signal = await source.fact('signal').catch(unlessMissing);
  if (document === undefined && !signal?.iceServers.length) {
    throw new Missing("neither LiveKit's configuration nor a join says anything of TURN");
  }
  const enabled = document?.boolean('turn', 'enabled') ?? (document ? false : undefined);
  const announced = (signal?.iceServers ?? []).flatMap(({ urls, credentials }) =>
    urls.flatMap((url) => announcedServer(url, credentials)),
  );
  const configured = document && enabled ? configuredServers(document) : [];
  const [domain, servers] = await Promise.all([
    document && enabled ? resolveDomain(document) : undefined,
    Promise.all([
      ...announced.map((wanted) => ask(wanted, true)),
      ...configured
        .filter(
          ({ transport, port }) =>
            !announced.some((other) => other.transport === transport && other.port === port),
        )
        .map((wanted) => ask(wanted, false)),
    ]),
  ]);
  const certFile = document?.boolean('turn', 'external_tls')
    ? undefined
    : document?.string('turn', 'cert_file');
  const nodeIp = document?.string('rtc', 'node_ip');
  return {
    enabled,
    servers,
    ...(domain ? { domain } : {}),
    ...(nodeIp === undefined ? {} : { nodeIp }),
    ...(certFile === undefined ? {} : { certFile }),
  };
}

/** `turns:turn.example.com:443?transport=tcp`; STUN alone relays nothing. LiveKit itself has no plain TURN over TCP, others have. */
function announcedServer(url: string, credentials: TurnCredentials): Wanted[] {
  const [, scheme, bracketed, plain, port] =
    url.match(/^(turns?):(?:\[([^\]]+)\]|([^:?]+))(?::(\d+))?/) ?? [];
  const overTcp = url.endsWith('?transport=tcp');
  const host = bracketed ?? plain;
  if (host === undefined || credentials.username === '') return [];
  const transport = scheme === 'turns' ? 'tls' : overTcp ? 'tcp' : 'udp';
  return [{ transport, host, port: Number(port ?? (transport === 'tls' ? 5349 : 3478)), credentials }];
}

/** Without a join there are no credentials: a STUN binding has to do. */
function configuredServers(document: Document): Wanted[] {
  const udp = document.number('turn', 'udp_port') ?? 0;
  const tlsPort = document.number('turn', 'tls_port') ?? 0;
  // Whoever ends TLS for it does so where clients are sent.
  const tls = tlsPort > 0 && document.boolean('turn', 'external_tls') ? 443 : tlsPort;
  const domain = document.string('turn', 'domain');
  const host = document.string('rtc', 'node_ip') ?? domain;
  return [
    ...(udp > 0 && host !== undefined ? [{ transport: 'udp' as const, host, port: udp }] : []),
    ...(tls > 0 && domain !== undefined ? [{ transport: 'tls' as const, host: domain, port: tls }] : []),
  ];
}

const askOver = { udp: askOverUdp, tcp: askOverTcp, tls: askOverTls };

async function ask({ transport, host, port, credentials }: Wanted, announced: boolean): Promise<TurnServer> {
  const target = { host, port, timeoutMs: stepMs };
  const answer: TurnServer['answer'] = await askOver[transport](target, credentials);
  const instead =
    transport === 'tls' && !answer.ok ? await askOtherwise({ ...target, timeoutMs: againMs }) : undefined;
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    url: `${transport === 'tls' ? 'turns' : 'turn'}:${shown}:${port}${transport === 'tcp' ? '?transport=tcp' : ''}`,
    transport,
    port,
    announced,
    answer,
    ...(instead ? { instead } : {}),
  };
}

async function resolveDomain(document: Document): Promise<TurnDomain | undefined> {
  const name = document.string('turn', 'domain');
  return name === undefined ? undefined : addressesOf(name);
}

/** Where a name leads from here. */
export async function addressesOf(name: string): Promise<TurnDomain> {
  try {
    return { name, addresses: (await lookup(name, { all: true })).map(({ address }) => address) };
  } catch (error) {
    return { name, addresses: [], problem: reasonOf(error) };
  }
}

export interface ExternalAddress {
  /** The STUN servers that LiveKit asks at its start. */
  servers: { name: string; answer: TurnAnswer }[];
  /** LiveKit runs in a container. */
  contained: boolean;
}

/** What there is to say when none of them answers. */
export function silentStunServers({ servers }: ExternalAddress): { message: string }[] {
  if (servers.some(({ answer }) => answer.ok)) return [];
  const each = servers.map(({ name, answer }) => `${name} (${answer.ok ? '' : answer.problem})`);
  return [{ message: `rtc.use_external_ip is on, and no STUN server answers: ${each.join(', ')}` }];
}

/** What livekit-server asks when rtc.stun_servers is silent (1.5.3 to 1.13.5). */
const defaultStunServers = [
  'global.stun.twilio.com:3478',
  'stun.l.google.com:19302',
  'stun1.l.google.com:19302',
];

/** @throws Missing unless rtc.use_external_ip makes LiveKit ask */
export async function askExternalAddress(source: FactSource): Promise<ExternalAddress> {
  const { document } = await source.fact('livekit');
  if (document.boolean('rtc', 'use_external_ip') !== true) {
    throw new Missing('rtc.use_external_ip is off: LiveKit asks no STUN server');
  }
  const named = document.strings('rtc', 'stun_servers');
  const servers = (named.length > 0 ? named : defaultStunServers).map(async (name) => {
    const [, host = name, port = '3478'] = name.match(/^(.*):(\d+)$/) ?? [];
    return { name, answer: await askOverUdp({ host, port: Number(port), timeoutMs: stepMs }) };
  });
  const inCompose = await source
    .fact('compose')
    .then(
      ({ services }) => services.some(({ role, hostNetwork }) => role === 'livekit' && !hostNetwork),
      unlessMissing,
    );
  const { container } = await source.fact('host');
  return { servers: await Promise.all(servers), contained: inCompose ?? container };
}

export interface PublicHost {
  name: string;
  /** Public ones among the addresses it resolves to. */
  publicAddresses: string[];
  problem?: string;
}

/** The host that clients connect to, looked up from here. */
export async function lookUpHost({ question }: FactSource): Promise<PublicHost> {
  const url = question.url ?? question.config.config.livekit.host;
  if (url === undefined || !URL.canParse(url))
    throw new Missing('nobody says what clients connect to (livekit.host)');
  const name = new URL(url).hostname.replace(/^\[|\]$/g, '');
  const { addresses, problem } = isIP(name) ? { addresses: [name] } : await addressesOf(name);
  return {
    name,
    publicAddresses: addresses.filter((address) => addressKind(address) === 'public'),
    ...(problem === undefined ? {} : { problem }),
  };
}
