/** The ports that the SFU on this host takes, and who has them now. */
import { Failure } from '../../core/errors.ts';
import { type PortUse, portOwner, requireFreePorts } from '../../sfu/ports.ts';
import type { Document } from '../document.ts';
import type { FactSource } from './gather.ts';

export interface PortState extends PortUse {
  state: 'free' | 'taken' | 'denied';
  /** `nginx (pid 12)`; absent where this user can't see it. */
  owner?: string;
}

export async function bindPorts(source: FactSource): Promise<PortState[]> {
  await source.fact('embedded');
  const { document, rendered } = await source.fact('livekit');
  return Promise.all(portsOf(document, rendered).map(stateOf));
}

/** What livekit-server listens on with this configuration; the UDP range is opened per participant. */
function portsOf(document: Document, rendered: boolean): PortUse[] {
  const turn = document.boolean('turn', 'enabled') === true;
  const ranged = document.has('rtc', 'port_range_start');
  const uses: [number | undefined, PortUse['protocol'], string, string][] = [
    [document.number('port') ?? 7880, 'tcp', 'port', 'livekit.port'],
    [document.number('rtc', 'tcp_port') ?? 7881, 'tcp', 'rtc.tcp_port', 'livekit.rtc.tcpPort'],
    [ranged ? undefined : document.number('rtc', 'udp_port'), 'udp', 'rtc.udp_port', 'livekit.rtc.udpPort'],
    [turn ? document.number('turn', 'udp_port') : undefined, 'udp', 'turn.udp_port', 'livekit.turn.udpPort'],
    [turn ? document.number('turn', 'tls_port') : undefined, 'tcp', 'turn.tls_port', 'livekit.turn.tlsPort'],
  ];
  return uses.flatMap(([port, protocol, key, setting]) =>
    port === undefined || port <= 0 ? [] : [{ port, protocol, setting: rendered ? setting : key }],
  );
}

async function stateOf(use: PortUse): Promise<PortState> {
  try {
    await requireFreePorts([use]);
    return { ...use, state: 'free' };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code === 'ports/denied') return { ...use, state: 'denied' };
    const owner = portOwner(use);
    return { ...use, state: 'taken', ...(owner === undefined ? {} : { owner }) };
  }
}
