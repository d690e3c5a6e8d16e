/** argv → exit status. The only place that prints a result and ends the process. */
import type { Command, Format, Outcome } from './cli/command.ts';
import { makeContext, wantsColour } from './cli/context.ts';
import { type Host, Interrupt, processHost } from './cli/host.ts';
import { parse } from './cli/program.ts';
import { registry } from './commands/index.ts';
import { exitStatus, Failure, failure, reasonOf } from './core/errors.ts';
import { reaches, sortFindings } from './core/finding.ts';
import { redact } from './core/redact.ts';
import { version } from './core/version.ts';
import { makeStyle } from './report/text/style.ts';
import { unlimited } from './report/text/wrap.ts';

/** Runs one command line to its end. @returns the exit status */
export async function main(argv: readonly string[], host: Host): Promise<number> {
  let format: Format = wantsJson(argv) ? 'json' : 'text';
  try {
    const request = await parse(argv, registry, version);
    if (request.kind === 'help') {
      await write(host, request.text);
      return exitStatus.ok;
    }
    format = request.globals.format;
    const context = makeContext(host, request.globals, registry);
    const work = Promise.resolve(request.command.run(request.input as never, context));
    const outcome = await (request.command.drains ? work : orInterrupted(work, host));
    if (outcome instanceof Interrupt) return outcome.exit;
    return await answer(outcome, format, request.command, host, request.globals.color);
  } catch (error) {
    return report(error, format, host, argv);
  }
}

/** What bin/bedrud.js calls. */
export async function start(): Promise<void> {
  const host = processHost();
  // Whoever reads our output may stop early (`| head`): that is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? exitStatus.ok : exitStatus.environment);
  });
  // Where notices and logs can't be written any more, the work they are about goes on.
  process.stderr.on('error', () => {});
  const argv = process.argv.slice(2);
  // A handle left open must not keep a finished command alive; what was written is flushed first.
  const end = (status: number) =>
    process.stdout.write('', () => process.stderr.write('', () => process.exit(status)));
  // What escapes every handler is a bug, and still ends with a message instead of a stack trace.
  process.once('uncaughtException', (error) =>
    end(report(error, wantsJson(argv) ? 'json' : 'text', host, argv)),
  );
  // Nothing left to wait for, and no result: without this it would look like success.
  process.once('beforeExit', () =>
    end(report(new Error('it stopped half-way'), wantsJson(argv) ? 'json' : 'text', host, argv)),
  );
  end(await main(argv, host));
}

async function answer(
  outcome: Outcome,
  format: Format,
  command: Command,
  host: Host,
  colour: boolean,
): Promise<number> {
  const style = makeStyle(wantsColour(host, host.stdout, colour));
  const width = (host.stdout.isTTY ? host.stdout.columns : undefined) ?? unlimited;
  if (outcome.lines) {
    const lines = typeof outcome.lines === 'function' ? outcome.lines(style, width) : outcome.lines;
    for await (const line of lines) {
      if (host.interrupted.aborted && !command.drains) break;
      await write(host, `${line}\n`);
    }
    if (host.interrupted.aborted && !command.drains)
      return outcome.status ?? (host.interrupted.reason as Interrupt).exit;
  } else if (format === 'json') {
    await write(
      host,
      `${JSON.stringify(outcome.data ?? { findings: sortFindings(outcome.findings ?? []) }, null, 2)}\n`,
    );
  } else if ((format === 'text' || format === 'markdown') && outcome.text !== undefined) {
    const text = typeof outcome.text === 'string' ? outcome.text : outcome.text(style, width);
    if (text !== '') await write(host, text.endsWith('\n') ? text : `${text}\n`);
  }
  // Only now: a command may notice things while its lines are written.
  const findings = sortFindings(outcome.findings ?? []);
  const beside = outcome.text !== undefined || outcome.lines !== undefined;
  const readable = format !== 'json' && format !== 'markdown' && (!beside || format === 'text');
  if (readable && (findings.length > 0 || (outcome.findings && !beside))) {
    const { renderFindings } = await import('./report/index.ts');
    const stream = beside ? host.stderr : host.stdout;
    const style = makeStyle(wantsColour(host, stream, colour));
    const { subjects = [], sources = new Map(), rules = [] } = outcome;
    const report = { findings, subjects, sources, rules, version, now: host.now() };
    const text = renderFindings(format, report, style);
    if (text !== '') stream.write(text);
  }
  const failed = findings.some((finding) => reaches(finding, outcome.failOn ?? 'error'));
  return outcome.status ?? (failed ? exitStatus.findings : exitStatus.ok);
}

/** Says what failed, on stderr for people, as a document on stdout for programs. */
function report(error: unknown, format: Format, host: Host, argv: readonly string[]): number {
  if (error instanceof Interrupt) return error.exit;
  if (host.interrupted.aborted && !(error instanceof Failure))
    return (host.interrupted.reason as Interrupt).exit;
  const known =
    error instanceof Failure ? error : failure('bug/unexpected', { reason: reasonOf(error) }, error);
  if (format === 'json') {
    host.stdout.write(`${JSON.stringify({ error: known.toJSON() }, null, 2)}\n`);
  } else {
    const style = makeStyle(wantsColour(host, host.stderr, !argv.includes('--no-color')));
    host.stderr.write(`${style.error('error')} ${known.message}\n`);
    if (known.hint !== '') host.stderr.write(`  ${style.dim('→')} ${known.hint}\n`);
  }
  if (argv.includes('-v') || argv.includes('--verbose')) {
    const cause = error instanceof Failure ? error.cause : error;
    if (cause instanceof Error && cause.stack) host.stderr.write(`${redact(cause.stack)}\n`);
  }
  return known.exit;
}

/** Before parsing is through, whether the answer to a bad command line should be JSON. */
function wantsJson(argv: readonly string[]): boolean {
  return argv.some(
    (word, i) =>
      word === '--json' || word === '--format=json' || (word === '--format' && argv[i + 1] === 'json'),
  );
}

function orInterrupted<T>(work: Promise<T>, host: Host): Promise<T | Interrupt> {
  if (host.interrupted.aborted) return Promise.resolve(host.interrupted.reason as Interrupt);
  return new Promise((resolve, reject) => {
    host.interrupted.addEventListener('abort', () => resolve(host.interrupted.reason as Interrupt), {
      once: true,
    });
    work.then(resolve, reject);
  });
}

/** Writes and waits while the reader is slow, so that long output stays out of memory. */
function write(host: Host, text: string): Promise<void> | void {
  if (host.stdout.write(text)) return;
  return new Promise((resolve) => host.stdout.once('drain', resolve));
}
