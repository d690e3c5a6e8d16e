import { resolve } from 'node:path';
import type { Context } from '../../cli/context.ts';
import { failure } from '../../core/errors.ts';
import { openStream, readTextFile } from '../../core/files.ts';
import { rememberSecret } from '../../core/redact.ts';
import type { Question } from '../../doctor/index.ts';
import { secretsInText } from '../../livekit/secrets.ts';
import { configOf } from '../shared/config.ts';

/** What is to be looked at, as the command line names it. */
export interface Named {
  livekitConfig: string | undefined;
  egressConfig: string | undefined;
  compose: string | undefined;
  unit: string[];
  log: string | undefined;
  url: string | undefined;
  token: string | undefined;
  offline: boolean;
  media: boolean;
}

/**
 * Reads what is named. Whoever names a file means it: one that can't be read ends the run instead of leaving its
 * checks out.
 * @throws Failure `usage/invalid`, and those of files and of the configuration
 */
export async function questionOf(named: Named, context: Context): Promise<Question> {
  if (named.log === '-' && named.token === '-') {
    throw failure('usage/invalid', {
      problem: '--log - and --token - both want standard input',
      hint: 'name a file for one of the two',
    });
  }
  if (named.media && named.offline) {
    throw failure('usage/invalid', {
      problem: '--media makes calls, and --offline sends nothing',
      hint: 'leave one of the two out',
    });
  }
  if (named.media) (await import('../../doctor/probes/media/call.ts')).requireMediaLibrary();
  const read = async (file: string) => {
    const text = await readTextFile(resolve(context.cwd, file));
    for (const secret of secretsInText(text)) rememberSecret(secret);
    return { file, text };
  };
  const environment = Object.entries(context.env).map(([name, value]) => `${name}=${value}`);
  for (const secret of secretsInText(environment.join('\n'))) rememberSecret(secret);
  const config = await configOf(context);
  const { livekitConfig, egressConfig, compose, unit, url, token, offline, media } = named;
  return {
    config,
    env: context.env,
    cwd: context.cwd,
    now: () => context.host.now(),
    offline,
    media,
    livekit: livekitConfig === undefined ? undefined : await read(livekitConfig),
    egress: egressConfig === undefined ? undefined : await read(egressConfig),
    compose: compose === undefined ? undefined : await read(compose),
    units: await Promise.all(unit.map(read)),
    log: await logOf(named.log, context),
    url,
    token: token === '-' ? (await context.readStdin()).trim() : token,
  };
}

async function logOf(name: string | undefined, context: Context): Promise<Question['log']> {
  if (name === undefined) return undefined;
  if (name === '-') return { name, chunks: context.host.stdin };
  return { name, chunks: await openStream(resolve(context.cwd, name)) };
}
