import { defineCommand } from '../../cli/command.ts';
import { portsOf } from '../../livekit/ports.ts';
import { textTable } from '../../report/text/table.ts';
import { renderForCommand } from './rendered.ts';

const reach = {
  clients: 'from clients',
  local: 'nobody: stays on this host',
  monitoring: 'from monitoring only',
} as const;

export const ports = defineCommand({
  path: 'livekit ports',
  summary: 'list the ports that have to be reachable',
  description:
    'The ports of the LiveKit configuration that `bedrud livekit render-config` prints: what each is for and who has to reach it.',
  examples: [{ run: 'bedrud livekit ports --json', does: 'for a script that opens a firewall' }],
  async run(_, context) {
    const { rendered } = await renderForCommand(context);
    const list = portsOf(rendered.config).map(({ label: _label, ...use }) => use);
    return {
      data: { ports: list },
      text: (style) =>
        textTable(
          ['PORT', 'PROTOCOL', 'REACHED', 'FOR'],
          list.map(({ from, to, protocol, reachedBy, purpose }) => [
            from === to ? `${from}` : `${from}-${to}`,
            protocol,
            reach[reachedBy],
            purpose,
          ]),
          style,
        ),
    };
  },
});
