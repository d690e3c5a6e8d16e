import { docs, type Rule } from '../rule.ts';

/** `rtc.udp_port`, and protobuf messages under room_configurations. node_ip has a rule of its own. */
export const badValue: Rule = {
  id: 'livekit/bad-value',
  title: 'Values that the server checks while parsing pass',
  severity: 'error',
  why: 'the server prints what it doesn’t like and ends',
  fix: 'correct the value',
  docs: docs.sample,
  *run(facts) {
    for (const { why, message, node, path, type } of facts.errors) {
      if (why !== 'value' || type?.name === 'rtcconfig.NodeIP') continue;
      const hint =
        type?.name === 'rtcconfig.PortRange'
          ? { hint: 'write a port, 7882, or a range from low to high, 7882-7892' }
          : {};
      yield {
        at: path.join('.'),
        node,
        message: `${path.join('.')} is refused: the server prints "${message}"`,
        ...hint,
      };
    }
  },
};
