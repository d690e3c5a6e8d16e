/** The end of what systemd keeps of livekit-server's log, read where it refuses connections and nobody gave a log. */
import { execFile } from 'node:child_process';
import { reasonOf } from '../../core/errors.ts';
import { type FactSource, Missing } from './gather.ts';
import { type Log, readChunks } from './log.ts';
import { stepMs } from './sfu.ts';

/** As many as a crash loop of an hour leaves. */
const lines = 500;

export async function readJournal(source: FactSource, signal: AbortSignal): Promise<Log> {
  const { question } = source;
  if (question.log) throw new Missing('a log was given');
  const names = (await source.fact('units')).map(({ name }) => name);
  const { tcp } = (await source.fact('sfu')).probe;
  if (tcp === undefined || !('error' in tcp) || tcp.code !== 'ECONNREFUSED') {
    throw new Missing('livekit-server does not refuse connections');
  }
  const args = [...names.flatMap((name) => ['--unit', name]), '--lines', String(lines)];
  const text = await new Promise<string>((resolve, reject) =>
    execFile(
      'journalctl',
      [...args, '--output', 'short-iso', '--no-pager', '--quiet'],
      { env: { ...question.env }, timeout: stepMs, signal, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout) =>
        error ? reject(new Missing(`the journal cannot be read: ${reasonOf(error)}`)) : resolve(stdout),
    ),
  );
  return readChunks(`the journal of ${names.join(', ')}`, [text], signal);
}
