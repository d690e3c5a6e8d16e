import { addressKind } from '../../../core/ip.ts';
import { defineCheck, type Observation } from '../../check.ts';
import type { TurnDomain, TurnServer } from '../../facts/turn.ts';

export const turnUnavailable = defineCheck({
  id: 'turn/unavailable',
  title: 'TURN relays for clients that no direct path reaches',
  area: 'media',
  severity: 'error',
  why: 'Clients behind strict NAT or firewalls join and get neither audio nor video.',
  fix: 'enable TURN; open 3478/udp and 5349/tcp (443/tcp for what clients are told), and point turn.domain here',
  needs: ['turn'],
  run({ turn: { enabled, domain, nodeIp, servers } }): Observation[] {
    if (enabled === false && servers.length === 0) {
      return [
        {
          severity: 'info',
          message: 'TURN is off: clients behind strict firewalls cannot connect',
          hint: 'set livekit.turn.enabled: true, or server.enableTLS, which turns it on',
        },
      ];
    }
    const lost = domain === undefined ? [] : whereDomainLeads(domain, nodeIp);
    const silent = servers
      .filter(({ answer, instead }) => !answer.ok && instead === undefined)
      .filter(({ transport, port }) => !(transport === 'tls' && port === 443))
      .map((server) => ({
        message: `${server.url}: ${server.answer.ok ? '' : server.answer.problem}`,
        hint: wayTo(server),
      }));
    const refused = servers.flatMap(({ url, answer }): Observation[] =>
      answer.ok && answer.certificate?.problem !== undefined
        ? [
            {
              message: `${url} serves a certificate that clients do not accept: ${answer.certificate.problem}`,
              hint: 'give turn.cert_file a chain from a public authority that covers turn.domain, and restart livekit-server',
            },
          ]
        : [],
    );
    return [...lost, ...silent, ...refused];
  },
});

/** A relay that lets clients in and passes nothing on is as good as none. */
export const turnRelaysNothing = defineCheck({
  ...turnUnavailable,
  needs: ['turn', 'media'],
  run({ turn: { servers }, media: { calls } }): Observation[] {
    const granted = servers.filter(({ announced, answer }) => announced && answer.ok);
    if (calls.relay === undefined || calls.relay.ok || granted.length === 0) return [];
    return [
      {
        message: `${granted.map(({ url }) => url).join(', ')} lets clients in, and a call through it gets no media: ${calls.relay.problem}`,
        hint: 'since 1.12 TURN relays to no private address unless turn.allow_restricted_peer_cidrs names it; otherwise open the relay ports (30000-40000/udp) on the host itself',
      },
    ];
  },
});

function wayTo({ answer, transport, port }: TurnServer): string {
  if (!answer.ok && /refuses an allocation/.test(answer.problem)) {
    return "correct username and credential of that server in rtc.turn_servers; LiveKit's own gives each participant others";
  }
  return transport === 'udp'
    ? `open ${port}/udp to the world, and check that LiveKit listens there`
    : `open ${port}/tcp to the world; a proxy in front has to pass TCP on as it is`;
}

function whereDomainLeads(
  { name, addresses, problem }: TurnDomain,
  nodeIp: string | undefined,
): Observation[] {
  if (problem !== undefined) {
    return [
      {
        message: `turn.domain is ${name}, which does not resolve here`,
        hint: `add a DNS record for ${name} that points to LiveKit's host`,
      },
    ];
  }
  // Behind NAT a private node_ip says nothing of where the name should lead.
  if (nodeIp === undefined || addressKind(nodeIp) !== 'public' || addresses.includes(nodeIp)) return [];
  return [
    {
      severity: 'warning',
      message: `turn.domain ${name} leads to ${addresses.join(', ')}, and LiveKit is at ${nodeIp}`,
      hint: `point ${name} at ${nodeIp}, unless what is there passes TURN on`,
    },
  ];
}
