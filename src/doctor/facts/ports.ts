/** The ports that the SFU on this host takes, and who has them now. */

import { Failure } from '../../core/errors.ts';
import { portsOf } from '../../livekit/ports.ts';
import { type PortUse, portOwner, requireFreePorts } from '../../sfu/ports.ts';
import type { Document } from '../document.ts';
import { type FactSource, unlessMissing } from './gather.ts';

export interface PortState extends PortUse {
  state: 'free' | 'taken' | 'denied';
  /** `nginx (pid 12)`; absent where this user can't see it. */
  owner?: string;
  /** LiveKit answers on this host, so that it has its ports already. */
  livekitRuns: boolean;
}

export async function bindPorts(source: FactSource): Promise<PortState[]> {
  await source.fact('embedded');
  const { document, rendered } = await source.fact('livekit');
  const root = await source.fact('sfu').then(({ probe }) => probe.root, unlessMissing);
  const livekitRuns = root !== undefined && 'status' in root && [200, 406].includes(root.status);
  return Promise.all(listenersOf(document, rendered).map((use) => stateOf(use, livekitRuns)));
}

/**
 * What livekit-server listens on from its start; ports of a range are opened per participant.
 * @param rendered name the settings of Bedrud's configuration instead of LiveKit's
 */
export function listenersOf(document: Document, rendered: boolean): PortUse[] {
  return portsOf(document.plain() as Record<string, unknown>)
    .filter(({ from, to, label }) => from === to && label !== undefined)
    .map(({ from, protocol, label = '' }) => {
      const [key = '', setting = ''] = settings[label] ?? [];
      return { port: from, protocol, setting: rendered ? setting : key };
    });
}

/** What sets each, in LiveKit's file and in Bedrud's. */
const settings: Record<string, readonly [string, string]> = {
  'HTTP service': ['port', 'livekit.port'],
  'ICE/TCP': ['rtc.tcp_port', 'livekit.rtc.tcpPort'],
  'ICE/UDP': ['rtc.udp_port', 'livekit.rtc.udpPort'],
  'TURN/TLS': ['turn.tls_port', 'livekit.turn.tlsPort'],
  'TURN/UDP': ['turn.udp_port', 'livekit.turn.udpPort'],
};

async function stateOf(use: PortUse, livekitRuns: boolean): Promise<PortState> {
  try {
    await requireFreePorts([use]);
    return { ...use, livekitRuns, state: 'free' };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code === 'ports/denied') return { ...use, livekitRuns, state: 'denied' };
    const owner = portOwner(use);
    return { ...use, livekitRuns, state: 'taken', ...(owner === undefined ? {} : { owner }) };
  }
}
