/** Which address the SFU tells clients to send media to. */
import type { Finding } from '../../core/finding.ts';
import { type AddressKind, addressKind } from '../../core/ip.ts';
import type { RenderFacts, RenderInput } from './types.ts';

export interface NodeIp {
  /** Absent: LiveKit asks a STUN server at every start (`useExternalIp`), or takes an interface's address. */
  address?: string;
  kind?: AddressKind;
  useExternalIp: boolean;
  findings: Finding[];
}

/**
 * livekit.nodeIP, then server.host when it is an address clients can reach, then the address this host talks to the
 * world from. Without any of them LiveKit is left to find its external address itself.
 */
export function resolveNodeIp(input: RenderInput, facts: RenderFacts): NodeIp {
  const findings: Finding[] = [];
  const { nodeIP, rtc } = input.livekit;
  if (rtc.useExternalIP) {
    if (nodeIP !== undefined) findings.push(overridden(nodeIP));
    return { useExternalIp: true, findings };
  }
  if (nodeIP !== undefined) {
    const kind = addressKind(nodeIP);
    if (kind !== undefined && kind !== 'unspecified' && kind !== 'multicast') {
      if (kind === 'loopback' && !input.dev) findings.push(loopback(nodeIP));
      return { address: nodeIP, kind, useExternalIp: false, findings };
    }
    findings.push(invalid(nodeIP, kind));
  }
  // The addresses of this host say nothing of the one where an external LiveKit runs.
  const here = input.livekit.external ? [] : [input.server.host, facts.outboundIp ?? ''];
  for (const address of here) {
    const kind = addressKind(address);
    if (kind === 'public' || kind === 'private' || (kind === 'loopback' && input.dev)) {
      if (kind === 'private') findings.push(privateAddress(address));
      return { address, kind, useExternalIp: false, findings };
    }
  }
  findings.push(none(rtc.useExternalIP === false));
  return { useExternalIp: rtc.useExternalIP !== false, findings };
}

function overridden(nodeIP: string): Finding {
  return {
    id: 'node-ip/overridden',
    severity: 'warning',
    message: `livekit.nodeIP (${nodeIP}) has no effect: with rtc.useExternalIP LiveKit asks a STUN server instead`,
    hint: 'keep one of the two: nodeIP where the address is known, useExternalIP where it changes',
    pointer: '/livekit/nodeIP',
  };
}

function invalid(nodeIP: string, kind: AddressKind | undefined): Finding {
  const what = kind === undefined ? 'is not an IP address' : `is no address of one host (${kind})`;
  return {
    id: 'node-ip/invalid',
    severity: 'error',
    message: `livekit.nodeIP: "${nodeIP}" ${what}, so it was left out`,
    hint: 'write the address clients reach this host at, such as 203.0.113.7; names are not resolved',
    pointer: '/livekit/nodeIP',
  };
}

function loopback(nodeIP: string): Finding {
  return {
    id: 'node-ip/loopback',
    severity: 'warning',
    message: `livekit.nodeIP is ${nodeIP}: only clients on this machine get audio and video`,
    hint: 'set livekit.nodeIP to the address clients reach this host at',
    pointer: '/livekit/nodeIP',
  };
}

function privateAddress(address: string): Finding {
  return {
    id: 'node-ip/private-behind-nat',
    severity: 'info',
    message: `node_ip is ${address}, a private address: clients outside its network won't get media directly`,
    hint: 'if clients come from the internet, set livekit.nodeIP to the public address',
    pointer: '/livekit/nodeIP',
  };
}

function none(refused: boolean): Finding {
  return {
    id: 'node-ip/none',
    severity: 'warning',
    message: refused
      ? "no address is known for node_ip, and rtc.useExternalIP is false: LiveKit will take an interface's address"
      : 'no address is known for node_ip: LiveKit will ask a STUN server for it, and end if none answers',
    hint: 'set livekit.nodeIP to the address clients reach this host at',
    pointer: '/livekit/nodeIP',
  };
}
