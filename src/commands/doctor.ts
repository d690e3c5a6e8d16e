/** `bedrud doctor`: says what is wrong with a set-up. */
import { resolve } from 'node:path';
import { type CommandGroup, defineCommand, findingFormats } from '../cli/command.ts';
import type { Context } from '../cli/context.ts';
import { duration, failOn, flag, text, texts } from '../cli/parameters.ts';
import { exitStatus, failure } from '../core/errors.ts';
import { openStream, readTextFile } from '../core/files.ts';
import { reaches } from '../core/finding.ts';
import type { Question } from '../doctor/index.ts';
import { maskSecrets } from '../livekit/secrets.ts';
import { configOf } from './shared/config.ts';

const defaultTimeoutMs = 20_000;

const doctor = defineCommand({
  path: 'doctor',
  summary: 'say what is wrong with a set-up, why it matters and what to do',
  description: `Looks at Bedrud's configuration, at LiveKit's (the one bedrud renders, or the file you name), at how LiveKit is started, and at
the running servers. What it cannot see is skipped, with the reason (-v lists those).

With an SFU at hand it joins a room of its own for a moment (bedrud-doctor-…); docs/doctor.md lists all it sends. --offline sends nothing
at all.`,
  parameters: {
    only: texts('--only <checks>', 'run these checks alone: ids, or areas such as turn'),
    skip: texts('--skip <checks>', 'leave these out'),
    livekitConfig: text('--livekit-config <file>', "LiveKit's own file, where bedrud does not render it"),
    egressConfig: text('--egress-config <file>', "the egress service's file"),
    compose: text('--compose <file>', 'the compose file that starts the services'),
    unit: texts(
      '--unit <file>',
      'systemd units that start LiveKit (default: the usual ones, if there are any)',
    ),
    log: text('--log <file>', 'a log of livekit-server, plain or from journald or docker; - for stdin'),
    url: text('--url <url>', 'what clients connect to, instead of livekit.host'),
    token: text('--token <token>', 'a join token that somebody has trouble with; - for stdin'),
    media: flag(
      '--media',
      'make calls with audio through the SFU: over UDP, over TCP and through TURN (needs @livekit/rtc-node)',
    ),
    offline: flag('--offline', 'look at files and this host only; send nothing'),
    timeout: duration('--timeout <duration>', 'for everything together (default: 20s)'),
    failOn,
    baseline: text('--baseline <file>', 'accept what an earlier run found: its --format json output'),
  },
  examples: [
    { run: 'bedrud doctor', does: 'the set-up of this host' },
    {
      run: 'bedrud doctor --livekit-config livekit.yaml --compose compose.yaml',
      does: 'an external LiveKit in Docker',
    },
    { run: 'bedrud doctor --only token --token - < token.txt', does: 'why a token is refused' },
    { run: 'docker logs livekit 2>&1 | bedrud doctor --log -', does: 'what a log says' },
    { run: 'bedrud doctor --media', does: 'whether audio gets through, and which way' },
    { run: 'bedrud doctor --offline --format github --fail-on warning', does: 'in a workflow' },
  ],
  formats: findingFormats,
  async run(input, context) {
    if (input.log === '-' && input.token === '-') {
      throw failure('usage/invalid', {
        problem: '--log - and --token - both want standard input',
        hint: 'name a file for one of the two',
      });
    }
    if (input.media && input.offline) {
      throw failure('usage/invalid', {
        problem: '--media makes calls, and --offline sends nothing',
        hint: 'leave one of the two out',
      });
    }
    if (input.media) (await import('../doctor/probes/media/call.ts')).requireMediaLibrary();
    // Whoever names a file means it: one that can't be read ends the run instead of leaving its checks out.
    const read = async (file: string) => ({ file, text: await readTextFile(resolve(context.cwd, file)) });
    const config = await configOf(context);
    if (config.file === undefined) context.notice('there is no configuration of Bedrud: -c names one');
    const question: Question = {
      config,
      env: context.env,
      cwd: context.cwd,
      now: () => context.host.now(),
      offline: input.offline,
      media: input.media,
      livekit: input.livekitConfig === undefined ? undefined : await read(input.livekitConfig),
      egress: input.egressConfig === undefined ? undefined : await read(input.egressConfig),
      compose: input.compose === undefined ? undefined : await read(input.compose),
      units: await Promise.all(input.unit.map(read)),
      log: await logOf(input.log, context),
      url: input.url,
      token: input.token === '-' ? (await context.readStdin()).trim() : input.token,
    };
    const baseline = input.baseline === undefined ? undefined : await read(input.baseline);
    const { catalogue, diagnose } = await import('../doctor/index.ts');
    const progress = await context.progress('looking at the set-up');
    const diagnosis = await diagnose({
      question,
      only: input.only,
      skip: input.skip,
      timeoutMs: input.timeout ?? defaultTimeoutMs,
      signal: context.signal,
      baseline,
    }).finally(() => progress.stop());
    const findings = diagnosis.checks.flatMap((check) => check.findings);
    const threshold = input.failOn ?? 'error';
    const failed = findings.some((finding) => reaches(finding, threshold));
    if (context.format === 'text') {
      const { reportText } = await import('../doctor/report.ts');
      return {
        text: (style) => reportText(diagnosis, style, context.verbose),
        status: failed ? exitStatus.findings : exitStatus.ok,
      };
    }
    return {
      data: { ok: !failed, checks: diagnosis.checks, summary: diagnosis.summary },
      findings,
      subjects: diagnosis.checks.filter(({ status }) => status !== 'skip').map(({ id }) => id),
      rules: catalogue,
      sources: sourcesOf(question),
      failOn: threshold,
    };
  },
});

/** The files that findings point into. */
function sourcesOf({ config, livekit, egress, compose, units }: Question): Map<string, string> {
  const files = [livekit, egress, compose, ...units].flatMap((named) => named ?? []);
  const own = config.file === undefined ? [] : [{ file: config.file, text: config.source ?? '' }];
  return new Map([...own, ...files].map(({ file, text }) => [file, maskSecrets(text)]));
}

async function logOf(name: string | undefined, context: Context): Promise<Question['log']> {
  if (name === undefined) return undefined;
  if (name === '-') return { name, chunks: context.host.stdin };
  return { name, chunks: await openStream(resolve(context.cwd, name)) };
}

export default { summary: doctor.summary, commands: [doctor] } satisfies CommandGroup;
