/** `bedrud doctor`: says what is wrong with a set-up. */
import { type CommandGroup, defineCommand, type Format, findingFormats } from '../../cli/command.ts';
import { duration, failOn, flag, text, texts } from '../../cli/parameters.ts';
import { exitStatus, failure } from '../../core/errors.ts';
import { reaches } from '../../core/finding.ts';
import type { Question } from '../../doctor/index.ts';
import { maskSecrets } from '../../livekit/secrets.ts';
import { checkInfos } from '../shared/check-infos.ts';
import { questionOf } from './question.ts';

const defaultTimeoutMs = 20_000;
const defaultIntervalMs = 30_000;

const doctor = defineCommand({
  path: 'doctor',
  summary: 'say what is wrong with a set-up, why it matters and what to do',
  description: `Looks at Bedrud's configuration, at LiveKit's (the one bedrud renders, or the file you name), at how LiveKit is started, and at the running servers. What it cannot see is skipped, with the reason (-v lists those).

With an SFU at hand it joins a room of its own for a moment (bedrud-doctor-…); docs/doctor.md lists all it sends. --offline sends nothing at all.`,
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
    explain: flag('--explain', 'say why each finding matters'),
    timeout: duration('--timeout <duration>', 'for everything together (default: 20s)'),
    failOn,
    baseline: text('--baseline <file>', 'accept what this file lists: written by --update-baseline'),
    updateBaseline: flag('--update-baseline', 'accept from now on what is found today'),
    fix: flag('--fix', 'mend what is safe to mend: show the difference, ask, and keep what was there'),
    yes: flag('-y, --yes', 'do not ask'),
    watch: flag('--watch', 'look again when a file changes and from time to time, and say what changed'),
    interval: duration('--interval <duration>', 'between two looks of --watch', { fallbackText: '30s' }),
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
    { run: 'bedrud doctor --format markdown > report.md', does: 'to paste into an issue' },
    { run: 'bedrud doctor --fix --livekit-config livekit.yaml', does: 'mend what can be mended' },
    { run: 'bedrud doctor --watch', does: 'while you mend it' },
  ],
  formats: [...findingFormats, 'markdown'],
  async run(input, context) {
    const rules = await checkInfos();
    const whyOf = (id: string) => rules.find((rule) => rule.id === id)?.why;
    const report = { verbose: context.verbose, ...(input.explain ? { whyOf } : {}) };
    if (input.watch) {
      refuseWithWatch(input, context.format);
      const { watch } = await import('./watch.ts');
      return watch({
        question: () => questionOf(input, context),
        files: filesNamed(input),
        options: { only: input.only, skip: input.skip, timeoutMs: input.timeout ?? defaultTimeoutMs },
        report,
        failOn: input.failOn ?? 'error',
        intervalMs: input.interval ?? defaultIntervalMs,
        context,
      });
    }
    if (input.fix) refuseWithFix(context.format);
    const question = await questionOf(input, context);
    if (question.config.file === undefined)
      context.notice('there is no configuration of Bedrud: -c names one');
    const { readBaseline, writeBaseline } = await import('./accepted.ts');
    let baseline = await readBaseline(input.baseline, input.updateBaseline, context);
    const { examine, diagnosisOf } = await import('../../doctor/index.ts');
    const options = {
      only: input.only,
      skip: input.skip,
      describe: context.format === 'markdown',
      timeoutMs: input.timeout ?? defaultTimeoutMs,
      signal: context.signal,
    };
    const progress = await context.progress('looking at the set-up');
    const examined = await examine({
      ...options,
      question,
      ...(input.fix ? { mend: (finding) => !baseline.accepts(finding) } : {}),
    }).finally(() => progress.stop());
    if (input.fix) {
      const { fix } = await import('./fix.ts');
      // Standard input was read once; what it said is no part of what is looked at again.
      const named = { ...input, log: input.log === '-' ? undefined : input.log, token: question.token };
      return fix({
        changes: examined.changes,
        diagnosis: diagnosisOf(examined, baseline),
        again: async () =>
          diagnosisOf(await examine({ ...options, question: await questionOf(named, context) }), baseline),
        yes: input.yes,
        report,
        failOn: input.failOn ?? 'error',
        context,
      });
    }
    if (input.baseline !== undefined && input.updateBaseline)
      baseline = await writeBaseline(input.baseline, baseline, examined.checks, context);
    const diagnosis = diagnosisOf(examined, baseline);
    const { checks, summary, stale } = diagnosis;
    const findings = checks.flatMap((check) => check.findings);
    const threshold = input.failOn ?? 'error';
    const failed = findings.some((finding) => reaches(finding, threshold));
    const status = failed ? exitStatus.findings : exitStatus.ok;
    if (context.format === 'markdown') {
      const { markdownReport } = await import('../../doctor/markdown.ts');
      return { text: markdownReport(diagnosis), status };
    }
    if (context.format === 'text') {
      const { reportText } = await import('../../doctor/report.ts');
      return { text: (style, width) => reportText(diagnosis, { ...report, style, width }), status };
    }
    return {
      data: { ok: !failed, checks, summary, stale },
      findings,
      subjects: checks.filter((check) => check.status !== 'skip').map(({ id }) => id),
      rules,
      sources: sourcesOf(question),
      failOn: threshold,
    };
  },
});

interface Files {
  livekitConfig: string | undefined;
  egressConfig: string | undefined;
  compose: string | undefined;
  unit: string[];
}

/** Those on the command line whose change is worth another look; a log changes all the time. */
function filesNamed({ livekitConfig, egressConfig, compose, unit }: Files): string[] {
  return [livekitConfig, egressConfig, compose, ...unit].filter((file) => file !== undefined);
}

interface Once {
  log: string | undefined;
  token: string | undefined;
  baseline: string | undefined;
  updateBaseline: boolean;
  fix: boolean;
}

/** @throws Failure `usage/invalid` for what can be done only once, or has an end */
function refuseWithWatch({ log, token, baseline, updateBaseline, fix }: Once, format: Format): void {
  const refuse = (problem: string) => {
    throw failure('usage/invalid', { problem: `--watch: ${problem}`, hint: 'leave one of the two out' });
  };
  if (log === '-' || token === '-') refuse('standard input can be read once only');
  if (baseline !== undefined || updateBaseline) refuse('a baseline is for single runs');
  if (fix) refuse('--fix looks again by itself');
  if (format !== 'text' && format !== 'json') refuse(`there is no ${format} without an end`);
}

/** @throws Failure `usage/invalid` */
function refuseWithFix(format: Format): void {
  if (format === 'text' || format === 'json') return;
  const hint = 'mend first, and report in another run';
  throw failure('usage/invalid', { problem: `--fix does not answer in ${format}`, hint });
}

/** The files that findings point into. */
function sourcesOf({ config, livekit, egress, compose, units }: Question): Map<string, string> {
  const files = [livekit, egress, compose, ...units].flatMap((named) => named ?? []);
  const own = config.file === undefined ? [] : [{ file: config.file, text: config.source ?? '' }];
  return new Map([...own, ...files].map(({ file, text }) => [file, maskSecrets(text)]));
}

export default { summary: doctor.summary, commands: [doctor] } satisfies CommandGroup;
