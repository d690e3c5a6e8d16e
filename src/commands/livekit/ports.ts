import { defineCommand } from '../../cli/command.ts';
import { tlsMode } from '../../config/index.ts';
import type { ServerConfig } from '../../config/model.ts';
import { type PortUse, portsOf } from '../../livekit/ports.ts';
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
    'The ports of the server and of the LiveKit configuration that `bedrud livekit render-config` prints: what each is for and who has to reach it.',
  examples: [{ run: 'bedrud livekit ports --json', does: 'for a script that opens a firewall' }],
  async run(_, context) {
    const { loaded, rendered } = await renderForCommand(context);
    const liveKit = portsOf(rendered.config).map(({ label: _label, ...use }) => use);
    const list = [...serverPorts(loaded.config.server), ...liveKit];
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

function serverPorts(server: ServerConfig): PortUse[] {
  const port = (number: number, purpose: string): PortUse => ({
    protocol: 'tcp',
    from: number,
    to: number,
    purpose,
    reachedBy: 'clients',
  });
  if (tlsMode(server).mode === 'none') return [port(server.port, 'the API and signalling through it')];
  const redirect = server.httpPort > 0 ? [port(server.httpPort, 'sends browsers on to HTTPS')] : [];
  const taken = server.port === 443 ? ', and TURN over TLS' : '';
  return [port(server.port, `the API and signalling through it${taken}`), ...redirect];
}
