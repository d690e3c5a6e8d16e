/** Bedrud's configuration → the file that livekit-server reads. Pure: the same input makes the same file. */
import type { Finding } from '../../core/finding.ts';
import { addressKind } from '../../core/ip.ts';
import { version as bedrudVersion } from '../../core/version.ts';
import { atLeast } from '../versions.ts';
import { withoutUnknownKeys } from './known-keys.ts';
import { compact, merge } from './merge.ts';
import { type NodeIp, resolveNodeIp } from './node-ip.ts';
import { renderTurn } from './turn.ts';
import { serverNames, usableName } from './turn-domain.ts';
import type { Rendered, RenderFacts, RenderInput, Tree } from './types.ts';
import { writeYaml } from './write-yaml.ts';

export type { Rendered, RenderFacts, RenderInput, ServerTls } from './types.ts';

/** Media ports that livekit-server takes when a file names none. */
const defaultPorts = { iceTcp: 7881, rangeStart: 50_000, rangeEnd: 60_000 };

const comments: Record<string, string> = {
  rtc: 'Where media arrives. node_ip is the address clients are told.',
  turn: 'Relays media for clients that no direct path reaches.',
  webhook: 'How Bedrud learns who joined and left.',
};

/**
 * Renders for `facts.version`. Findings say what was left out, what had to be guessed and what will not work; those
 * of severity `error` mean that the file does not do what the configuration asks for.
 */
export function renderLiveKit(input: RenderInput, facts: RenderFacts): Rendered {
  const { livekit } = input;
  const findings: Finding[] = [];
  const nodeIp = resolveNodeIp(input, facts);
  const turn = renderTurn(input, facts, nodeIp);
  const webhook = renderWebhook(input, facts);
  const keys = renderKeys(input, findings);
  findings.push(...nodeIp.findings, ...turn.findings, ...webhook.findings);

  const own = compact({
    port: livekit.port,
    keys,
    rtc: renderRtc(input, nodeIp, findings),
    turn: turn.section,
    redis: renderRedis(input, facts.version),
    room: livekit.room,
    webhook: webhook.section,
    logging: { level: livekit.logLevel },
  });
  const known = withoutUnknownKeys(own, facts.version, '/livekit');
  const overrides = withoutUnknownKeys(livekit.overrides, facts.version, '/livekit/overrides');
  const tls = compact({ tls: renderTls(input, facts.version, findings) });
  findings.push(...known.findings, ...overrides.findings);
  const config = merge({ ...known.tree, ...tls }, overrides.tree);
  const head = [
    `LiveKit configuration for livekit-server ${facts.version}, rendered by bedrud ${bedrudVersion}.`,
    "Made from Bedrud's configuration: change that and render again (bedrud livekit render-config).",
    'The API secret is in here: keep this file readable by its owner only.',
  ];
  return { config, yaml: writeYaml(config, head, comments), findings };
}

function renderKeys({ livekit }: RenderInput, findings: Finding[]): Tree {
  const { apiKey, apiSecret } = livekit;
  if (apiKey && apiSecret) return { [apiKey]: apiSecret };
  findings.push({
    id: 'keys/missing',
    severity: 'error',
    message: `livekit.${apiKey ? 'apiSecret' : 'apiKey'} is not set: livekit-server does not start without a key`,
    hint: 'set livekit.apiKey and livekit.apiSecret; bedrud init makes a pair',
    pointer: `/livekit/${apiKey ? 'apiSecret' : 'apiKey'}`,
  });
  return {};
}

function renderRtc({ livekit }: RenderInput, nodeIp: NodeIp, findings: Finding[]): Tree {
  const { tcpPort, udpPort, portRangeStart, portRangeEnd } = livekit.rtc;
  const ranged = portRangeStart !== undefined || portRangeEnd !== undefined;
  if (udpPort && ranged) {
    findings.push({
      id: 'rtc/range-and-mux',
      severity: 'warning',
      message: `livekit.rtc.udpPort (${udpPort}) and a port range are both set: livekit-server uses the range, so the port was left out`,
      hint: 'remove one of the two',
      pointer: '/livekit/rtc/udpPort',
    });
  }
  const single = udpPort && !ranged;
  return {
    tcp_port: tcpPort ?? defaultPorts.iceTcp,
    udp_port: single ? udpPort : undefined,
    port_range_start: single ? undefined : (portRangeStart ?? defaultPorts.rangeStart),
    port_range_end: single ? undefined : (portRangeEnd ?? defaultPorts.rangeEnd),
    node_ip: nodeIp.address,
    use_external_ip: nodeIp.useExternalIp,
  };
}

function renderRedis({ livekit }: RenderInput, version: string): Tree {
  const { address, username, password, db, tls } = livekit.redis;
  if (!address) return {};
  const encryption = tls ? (atLeast(version, '1.5.3') ? { tls: { enabled: true } } : { use_tls: true }) : {};
  return { address, username, password, db, ...encryption };
}

/** Our own webhook endpoint, at the address it is served at, unless the configuration names another. */
function renderWebhook(input: RenderInput, facts: RenderFacts): { section: Tree; findings: Finding[] } {
  const url = input.livekit.webhook.url ?? input.webhookUrl;
  const findings: Finding[] = [];
  const section = (address: string) => ({
    urls: [address],
    api_key: input.livekit.apiKey,
  });
  if (url !== undefined) return { section: section(url), findings };

  const path = '/api/livekit/webhook';
  const encrypted = input.tls.mode !== 'none';
  // LiveKit verifies our certificate, and from another host needs a name to find us by; here, the address will do.
  const needsName = encrypted || input.livekit.external === true;
  const name = needsName ? usableName(serverNames(input, facts))?.name : undefined;
  const host = name ?? localAddress(input.server.host);
  if (encrypted && name === undefined) findings.push(unverifiable);
  else if (needsName && name === undefined && addressKind(host) === 'loopback') findings.push(localhostOnly);
  const scheme = encrypted ? 'https' : 'http';
  const port = encrypted && input.server.port === 443 ? '' : `:${input.server.port}`;
  return { section: section(`${scheme}://${host}${port}${path}`), findings };
}

const unverifiable: Finding = {
  id: 'webhook/unverifiable',
  severity: 'warning',
  message:
    'no name for the webhook URL that the server certificate could cover: LiveKit will refuse the certificate and deliver nothing',
  hint: "set server.domain to the certificate's name, or livekit.webhook.url",
  pointer: '/livekit/webhook/url',
};

const localhostOnly: Finding = {
  id: 'webhook/localhost',
  severity: 'warning',
  message:
    'the webhook URL is one of this host alone, and LiveKit is external: it may call itself instead of Bedrud',
  hint: 'set server.domain or livekit.webhook.url to where LiveKit reaches this server',
  pointer: '/livekit/webhook/url',
};

/** Where a server bound to `host` is reached from its own machine. */
function localAddress(host: string): string {
  const kind = addressKind(host);
  if (kind === undefined) return '127.0.0.1';
  if (kind === 'unspecified') return host.includes(':') ? '[::1]' : '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

function renderTls({ livekit }: RenderInput, version: string, findings: Finding[]): Tree | undefined {
  const { certFile, keyFile } = livekit.tls;
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (atLeast(version, '1.12.0')) {
    findings.push({
      id: 'livekit/tls-removed',
      severity: 'error',
      message: `livekit.tls: livekit-server ${version} has no tls section and would end with "field tls not found": it was left out`,
      hint: 'remove livekit.tls; reach the SFU itself over http:// (livekit.internalHost) and ws:// (livekit.host), and let bedrud serve or a proxy add TLS',
      pointer: '/livekit/tls',
    });
    return undefined;
  }
  findings.push({
    id: 'livekit/tls-removed',
    severity: 'warning',
    message: `livekit.tls: the integration guide says that livekit-server up to 1.11 takes a tls section; the releases tested (1.5.3 to 1.11.0) all end with "field tls not found"`,
    hint: `remove livekit.tls unless your build of livekit-server ${version} is known to take it; bedrud serve or a proxy adds TLS`,
    pointer: '/livekit/tls',
  });
  return { cert_file: certFile, key_file: keyFile };
}
