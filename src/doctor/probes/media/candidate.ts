/** ICE candidates, as they stand in session descriptions and trickle messages (RFC 8839). */

export interface Candidate {
  protocol: 'udp' | 'tcp';
  address: string;
  port: number;
  kind: 'host' | 'srflx' | 'prflx' | 'relay';
}

/** @param text `candidate:1 1 udp 2130706431 192.0.2.7 50012 typ host`, with `a=` before it or not */
export function parseCandidate(text: string): Candidate | undefined {
  const [, protocol, address = '', port, kind] =
    text.match(/^(?:a=)?candidate:\S+ \d+ (\w+) \d+ (\S+) (\d+) typ (host|srflx|prflx|relay)\b/i) ?? [];
  if (kind === undefined) return undefined;
  return {
    protocol: protocol?.toLowerCase() === 'tcp' ? 'tcp' : 'udp',
    address,
    port: Number(port),
    kind: kind as Candidate['kind'],
  };
}

/** A session description without the candidates that `keep` refuses. */
export function filterDescription(sdp: string, keep: (candidate: Candidate) => boolean): string {
  const wanted = (line: string) => {
    const candidate = parseCandidate(line);
    return candidate === undefined || keep(candidate);
  };
  return sdp.split('\r\n').filter(wanted).join('\r\n');
}
