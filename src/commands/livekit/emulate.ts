import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { integer, text, texts } from '../../cli/parameters.ts';
import { readTextFile } from '../../core/files.ts';
import type { Emulator, EmulatorOptions } from '../../emulator/index.ts';
import { parseVersion } from '../../livekit/versions.ts';

export const emulate = defineCommand({
  path: 'livekit emulate',
  summary: 'play livekit-server, without media, for tests',
  description: `Answers as livekit-server of a release does: its API, tokens, signalling and webhooks, with its messages. There is no audio or video: browsers join, and then fail to connect. Never for meetings.

--config names a LiveKit file here, as livekit-server's own does. It is read as strictly as that release reads it, and a file that would end the server ends this with status 3. Without one the API key is devkey and the secret is secret, as with livekit-server --dev.

Prints its URL once it listens. SIGTERM or SIGINT puts everyone out and ends it with status 0.`,
  parameters: {
    version: text(
      '--version <release>',
      'the livekit-server to behave like (default: the release bedrud is made for)',
    ),
    host: text('--host <address>', 'where to listen (default: 127.0.0.1)'),
    port: integer(
      '--port <port>',
      'where to listen, 0 for a free one (default: that of the file, else 7880)',
      {
        max: 65_535,
      },
    ),
    recordings: text('--recordings <folder>', 'play an egress service too, which puts its files there'),
    webhook: texts('--webhook <url>', 'send events there, signed with the first key', { commas: false }),
  },
  examples: [
    { run: 'bedrud livekit emulate --port 0 --version 1.9.0', does: 'play an older release on a free port' },
    {
      run: 'bedrud livekit emulate --config livekit.yaml',
      does: 'with keys, webhooks and room settings of a file',
    },
  ],
  drains: true,
  async run({ version, host, port, recordings, webhook }, context) {
    const { developmentKeys, startEmulator } = await import('../../emulator/index.ts');
    const config =
      context.configFile === undefined ? undefined : await configured(context, context.configFile);
    const emulator = await startEmulator({
      ...(version === undefined ? {} : { version: parseVersion(version) ?? version }),
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      ...(config === undefined ? { keys: developmentKeys } : { config }),
      ...(recordings === undefined ? {} : { recordings: folderSink(resolve(context.cwd, recordings)) }),
      ...(webhook.length === 0 ? {} : { webhook: { urls: webhook } }),
      log: (level, message) => (level === 'warn' ? context.warn(message) : context.debug(message)),
    });
    context.warn(`an emulator of livekit-server ${emulator.version}: it passes no audio or video`);
    if (host !== undefined && !/^(127\.|localhost$|::1$)/.test(host) && config === undefined)
      context.warn(`anyone who reaches ${host} can use it: its key and secret are known to all`);
    return { lines: life(emulator, context) };
  },
});

/** Keeps files under the names they are asked to have, within `folder`. */
function folderSink(folder: string): NonNullable<EmulatorOptions['recordings']> {
  return async ({ filepath }, file) => {
    const asked = resolve('/', filepath);
    const path = asked.startsWith(`${folder}/`) ? asked : join(folder, asked);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file);
    return path;
  };
}

async function configured(context: Context, file: string): Promise<NonNullable<EmulatorOptions['config']>> {
  const path = resolve(context.cwd, file);
  const yaml = file === '-' ? await context.readStdin() : await readTextFile(path);
  const { configReader } = await import('./emulator-config.ts');
  return { yaml, read: configReader(context.cwd) };
}

/** Its URL, at once; the end, when the user wants it. */
async function* life(emulator: Emulator, { format, signal }: Context): AsyncIterable<string> {
  const { url, port, version } = emulator;
  yield format === 'json' ? JSON.stringify({ emulator: true, url, port, version }) : url;
  await new Promise<void>((stop) => {
    if (signal.aborted) stop();
    else signal.addEventListener('abort', () => stop(), { once: true });
  });
  await emulator.close();
}
