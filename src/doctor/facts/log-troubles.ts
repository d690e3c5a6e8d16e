/** Records of a running livekit-server that mean trouble for meetings. */
import type { LogRecord } from '../../livekit/log-lines.ts';

interface Trouble {
  /** The check that looks for the same cause. */
  id: string;
  /** The record's message begins with it. */
  begins: string;
  /** Further, this is in its fields. */
  field?: { name: string; matches: RegExp };
  message: string;
  hint: string;
  /** First and last of the releases whose sources have the message; of egress, who quotes it. */
  seen: readonly [string, string] | string;
}

const all = ['1.5.3', '1.13.5'] as const;

export const troubles: readonly Trouble[] = [
  {
    id: 'webhook/unreachable',
    begins: 'failed to send webhook',
    message: 'webhooks are not delivered',
    hint: 'open the way from LiveKit to the address in webhook.urls, and check its name, port and path',
    seen: all,
  },
  {
    id: 'media/udp-blocked',
    begins: 'removing participant without connection',
    // Whoever leaves before the connection stands is not counted.
    field: { name: 'reason', matches: /^(JOIN_TIMEOUT|PEER_CONNECTION_DISCONNECTED|NEGOTIATE_FAILED)$/ },
    message: 'participants join and get no media connection',
    hint: 'open the UDP ports of media (50000-60000, or rtc.udp_port) and 7881/tcp, and set rtc.node_ip to the address clients reach',
    seen: all,
  },
  {
    id: 'token/expired',
    begins: 'error handling request',
    field: { name: 'error', matches: /token is expired/ },
    message: 'clients come with tokens that have expired',
    hint: 'get a fresh token from POST /api/room/join before each connection',
    seen: all,
  },
  {
    id: 'clock/skew',
    begins: 'error handling request',
    field: { name: 'error', matches: /not valid yet|issued in the future/ },
    message: 'clients come with tokens that are not valid yet',
    hint: 'synchronise the clocks of this host and of the one that makes the tokens',
    seen: all,
  },
  {
    id: 'token/wrong-key',
    begins: 'error handling request',
    field: { name: 'error', matches: /invalid API key/ },
    message: 'clients come with tokens of a key that LiveKit does not have',
    hint: "make livekit.apiKey one of the keys in LiveKit's file",
    seen: all,
  },
  {
    id: 'token/wrong-secret',
    begins: 'error handling request',
    field: { name: 'error', matches: /signature is invalid|cryptographic primitive/ },
    message: 'clients come with tokens that are signed with another secret',
    hint: "make livekit.apiSecret the one that LiveKit's file has for the key",
    seen: all,
  },
  {
    id: 'room/remote-unmute',
    begins: 'cannot unmute track, remote unmute is disabled',
    message: 'somebody tried to unmute a participant, which is off',
    hint: 'set room.enable_remote_unmute: true',
    seen: all,
  },
  {
    id: 'sfu/overloaded',
    begins: 'status update delayed, possible deadlock',
    message: "the node's statistics are late: the host has no time for it",
    hint: 'look at the CPU of the host, or at who suspended the process',
    seen: all,
  },
  {
    id: 'host/udp-buffers',
    begins: 'UDP receive buffer is too small for a production set-up',
    message: 'livekit-server finds the UDP buffers too small',
    hint: 'sysctl -w net.core.rmem_max=5000000, and the same line in /etc/sysctl.d/ to keep it',
    seen: all,
  },
  // The egress service logs as livekit-server does.
  {
    id: 'egress/cpu',
    begins: 'not enough cpu',
    message: 'egress finds too few cores on its host, and refuses recordings',
    hint: 'give it four cores and more, or lower cpu_cost in its file',
    seen: 'livekit/egress, September 2026',
  },
  {
    id: 'egress/cpu',
    begins: 'killing egress',
    field: { name: 'error', matches: /^CPU exhausted/ },
    message: 'egress ended a recording as the host had no cores left',
    hint: 'record less at once on one host, or give egress more cores',
    seen: 'livekit/egress#908',
  },
  {
    id: 'egress/sandbox',
    begins: '',
    field: { name: 'error', matches: /No usable sandbox/ },
    message: "egress's browser may not make its sandbox, and recordings of rooms fail",
    hint: "add cap_add: [SYS_ADMIN] to egress's container, or set enable_chrome_sandbox: false",
    seen: 'livekit/egress#434',
  },
];

/** What a record means, or undefined when it means nothing bad. */
export function troubleOf({ message, fields }: LogRecord): Trouble | undefined {
  if (isOurDoing(String(fields['error'] ?? ''))) return undefined;
  return troubles.find(
    ({ begins, field }) =>
      message.startsWith(begins) &&
      (field === undefined || field.matches.test(String(fields[field.name] ?? ''))),
  );
}

/** Probing asks with a token that has to be refused; the server quotes it. */
function isOurDoing(error: string): boolean {
  const [, claims] = error.match(/\beyJ[\w-]+\.([\w-]+)\./) ?? [];
  return claims !== undefined && Buffer.from(claims, 'base64url').includes('bedrud-probe');
}
