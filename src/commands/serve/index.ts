import { type CommandGroup, defineCommand, findingFormats, type Outcome } from '../../cli/command.ts';
import { flag, integer, text } from '../../cli/parameters.ts';

const serve = defineCommand({
  path: 'serve',
  summary: 'run the SFU, embedded or external, and the API',
  description: `Renders LiveKit's configuration, starts livekit-server and keeps it running (or watches the one that livekit.external names), and serves the API that hands out join tokens, takes LiveKit's webhooks and passes /livekit on to the SFU.

SIGTERM or SIGINT drains: no new joins, meetings get time to end, then everything stops and nothing is left. A second signal does not wait for meetings.

--dev needs no configuration: without a file it makes one for this host alone, with fresh secrets, and prints how to try it. Where there is no livekit-server it uses an emulator, which passes no media, and says so.`,
  parameters: {
    dev: flag('--dev', 'try it on this host: a configuration is made up where there is none'),
    check: flag('--check', 'only check that it could start, and say what is wrong'),
    install: flag('--install', 'download livekit-server where there is none'),
    host: text('--host <address>', 'where to listen (or server.host)'),
    port: integer('--port <port>', 'where to listen (or server.port)', { min: 1, max: 65_535 }),
  },
  examples: [
    { run: 'bedrud serve', does: 'with ./config.yaml or /etc/bedrud/config.yaml' },
    { run: 'bedrud serve --check', does: 'before a restart: would it start?' },
    { run: 'bedrud serve --dev', does: 'try it without any configuration' },
  ],
  formats: findingFormats,
  drains: true,
  async run(input, context): Promise<Outcome> {
    if (input.check) return (await import('./check.ts')).check(input, context);
    const { serve } = await import('./run.ts');
    const outcome: Outcome = {};
    // The exit status is known once the last line is out.
    outcome.lines = serve(input, context, (status) => {
      outcome.status = status;
    });
    return outcome;
  },
});

export default { summary: serve.summary, commands: [serve] } satisfies CommandGroup;
