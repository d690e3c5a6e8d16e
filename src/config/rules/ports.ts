/** Rules about ports: two listeners on one, ranges that hold nothing. */
import { type ConfigRule, type Facts, isSet } from './rule.ts';

interface Listener {
  path: string;
  port: number;
  protocol: 'TCP' | 'UDP';
}

/** LiveKit's own defaults, for keys that are not set. */
const livekitDefault = { tcpPort: 7881, turnUdp: 3478, turnTls: 5349 };

function listeners({ config: { server, livekit }, tls }: Facts): Listener[] {
  const tcp = (path: string, port: number | undefined): Listener[] =>
    port ? [{ path, port, protocol: 'TCP' }] : [];
  const udp = (path: string, port: number | undefined): Listener[] =>
    port ? [{ path, port, protocol: 'UDP' }] : [];
  const turnOn = livekit.turn.enabled ?? tls.mode !== 'none';
  return [
    ...tcp('server.port', server.port),
    ...(tls.mode === 'none' ? [] : tcp('server.httpPort', server.httpPort)),
    ...(livekit.external || livekit.configPath !== undefined
      ? []
      : [
          ...tcp('livekit.port', livekit.port),
          ...tcp('livekit.rtc.tcpPort', livekit.rtc.tcpPort ?? livekitDefault.tcpPort),
          ...udp('livekit.rtc.udpPort', livekit.rtc.udpPort),
          ...(turnOn ? udp('livekit.turn.udpPort', livekit.turn.udpPort ?? livekitDefault.turnUdp) : []),
          ...(turnOn ? tcp('livekit.turn.tlsPort', livekit.turn.tlsPort ?? livekitDefault.turnTls) : []),
        ]),
  ];
}

export const portClash: ConfigRule = {
  id: 'config/port-clash',
  title: 'No two listeners share a port',
  severity: 'error',
  why: 'The second one to start ends with `address already in use`',
  fix: 'give one of the two another port',
  *check(facts) {
    const seen = new Map<string, Listener>();
    for (const listener of listeners(facts)) {
      const { path, port, protocol } = listener;
      const first = seen.get(`${protocol} ${port}`);
      seen.set(`${protocol} ${port}`, first ?? listener);
      if (first === undefined) continue;
      // The finding belongs to a key that someone set.
      const at = isSet(facts, path) ? path : first.path;
      yield {
        path: at,
        message: `${first.path} and ${path} are both ${protocol} port ${port}`,
        hint: `give ${at} another port`,
      };
    }
  },
};

const ranges = [
  { of: 'livekit.rtc', start: 'portRangeStart', end: 'portRangeEnd' },
  { of: 'livekit.turn', start: 'relayRangeStart', end: 'relayRangeEnd' },
] as const;

export const portRange: ConfigRule = {
  id: 'config/port-range',
  title: 'Port ranges hold ports',
  severity: 'error',
  why: 'Each participant takes ports from the range; a range that is reversed or half set leaves none',
  fix: 'set both ends, the lower one first: 50000 to 60000',
  *check({ config: { livekit } }) {
    const { rtc, turn } = livekit;
    const bounds = [
      { ...ranges[0], from: rtc.portRangeStart, to: rtc.portRangeEnd },
      { ...ranges[1], from: turn.relayRangeStart, to: turn.relayRangeEnd },
    ];
    for (const { of, start, end, from, to } of bounds) {
      if (from === undefined && to === undefined) continue;
      if (from === undefined || to === undefined) {
        const [there, missing] = from === undefined ? [end, start] : [start, end];
        yield {
          path: `${of}.${there}`,
          message: `${of}.${there} is set, and ${of}.${missing} is missing`,
          hint: `set ${of}.${missing} too`,
        };
      } else if (from > to) {
        yield {
          path: `${of}.${start}`,
          message: `${of}.${start} is ${from}, above ${end}, which is ${to}`,
          hint: `swap them: ${start}: ${to}, ${end}: ${from}`,
        };
      } else if (to - from + 1 < 100) {
        yield {
          path: `${of}.${start}`,
          severity: 'info',
          message: `${of} has ${to - from + 1} ports, which a few participants use up`,
          hint: 'open some thousand, such as 50000 to 60000',
        };
      }
    }
    if (rtc.udpPort && rtc.portRangeStart !== undefined) {
      yield {
        path: 'livekit.rtc.udpPort',
        severity: 'warning',
        message: 'livekit.rtc.udpPort has no effect: LiveKit uses the port range',
        hint: 'keep one of the two',
      };
    }
  },
};

export const portRules = [portClash, portRange];
