/** `bedrud init`: a configuration that works, with secrets nobody else has. */
import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type CommandGroup, defineCommand } from '../cli/command.ts';
import type { Context } from '../cli/context.ts';
import { choice, flag, integer, optionalArgument, text, texts } from '../cli/parameters.ts';
import { loadConfig } from '../config/index.ts';
import { type InitAnswers, renderConfig } from '../config/init.ts';
import { failure, reasonOf, systemCode } from '../core/errors.ts';
import { makeFolder, readTextFile } from '../core/files.ts';
import { rememberSecret } from '../core/redact.ts';
import { sfuUrl } from '../sfu/connection.ts';

const tlsChoices = ['none', 'proxy', 'manual'] as const;

const parameters = {
  dir: optionalArgument('DIR', 'the folder to write config.yaml to; without it the current one'),
  domain: text('--domain <name>', 'the public name of this server'),
  port: integer('--port <port>', 'where the server listens (default: 8090)', { min: 1, max: 65535 }),
  tls: choice('--tls <mode>', 'none, behind a proxy that ends TLS, or with certificate files', tlsChoices),
  certFile: text('--cert-file <file>', 'the certificate chain, for --tls manual'),
  keyFile: text('--key-file <file>', 'its private key, for --tls manual'),
  trustedProxy: texts(
    '--trusted-proxy <address>',
    "the proxy's address, for --tls proxy (default: loopback)",
  ),
  nodeIp: text('--node-ip <address>', 'the address at which participants reach this machine'),
  external: flag('--external', 'LiveKit runs elsewhere'),
  host: text('--host <url>', 'what browsers connect to, for --external'),
  internalHost: text('--internal-host <url>', "LiveKit's API, for --external"),
  apiKey: text('--api-key <key>', 'a key of the external LiveKit'),
  apiSecretFile: text(
    '--api-secret-file <file>',
    "a file with that key's secret, or - ; LIVEKIT_API_SECRET works too",
  ),
  yes: flag('-y, --yes', 'ask nothing'),
  force: flag('--force', 'replace a config.yaml that is there, and keep the old one beside it'),
};

const init = defineCommand({
  path: 'init',
  summary: 'write a config.yaml with fresh secrets',
  description:
    'On a terminal it asks what the flags leave open; elsewhere, and with --yes, it takes the defaults: an embedded LiveKit, port 8090, SQLite in the same folder, no TLS.',
  parameters,
  examples: [
    { run: 'bedrud init --yes && bedrud serve', does: 'a server to try out' },
    { run: 'bedrud init /etc/bedrud --domain meet.example.com --tls proxy', does: 'behind a reverse proxy' },
    {
      run: 'bedrud init --external --host wss://lk.example.com --internal-host https://lk.example.com --api-key bedrud --api-secret-file secret',
      does: 'with a LiveKit that runs elsewhere',
    },
  ],
  async run(input, context) {
    const folder = resolve(context.cwd, input.dir ?? '.');
    const file = join(folder, 'config.yaml');
    // Before anything is asked; writing holds to it too.
    if (!input.force && existsSync(file)) throw failure('init/exists', { file });
    requireUrl('--host', input.host);
    requireUrl('--internal-host', input.internalHost);
    const external = input.external || input.host !== undefined;
    const given: Partial<InitAnswers> = {
      domain: input.domain,
      port: input.port,
      tls: input.tls ?? (input.certFile === undefined ? undefined : 'manual'),
      certFile: input.certFile && resolve(context.cwd, input.certFile),
      keyFile: input.keyFile && resolve(context.cwd, input.keyFile),
      trustedProxies: input.trustedProxy.length > 0 ? input.trustedProxy : undefined,
      nodeIP: input.nodeIp,
      external: external || undefined,
      host: input.host,
      internalHost: input.internalHost,
      apiKey: input.apiKey,
      // A secret of someone else's LiveKit has no business in the file of an embedded one.
      apiSecret: external ? await secretOf(input.apiSecretFile, context) : undefined,
    };
    const answers = input.yes ? given : await ask(given, context);
    const yaml = await renderConfig(complete(answers), folder);
    const backup = await put(file, yaml, input.force);
    const { findings } = await loadConfig({ file, env: {}, cwd: context.cwd });
    const next = nextSteps(file, resolve(context.cwd, 'config.yaml') === file);
    if (backup !== undefined) context.notice(`the old file is ${backup}`);
    context.notice(`wrote ${file}`);
    context.notice(`next: ${next.join('\n      ')}`);
    return {
      data: { file, backup: backup ?? null, next, findings },
      text: '',
      findings: findings.filter((finding) => finding.severity !== 'info'),
    };
  },
});

async function secretOf(file: string | undefined, context: Context): Promise<string | undefined> {
  if (file === undefined) return context.env['LIVEKIT_API_SECRET'] || undefined;
  const secret = (
    file === '-' ? await context.readStdin() : await readTextFile(resolve(context.cwd, file))
  ).trim();
  rememberSecret(secret);
  return secret;
}

/** Asks on a terminal what the flags leave open. */
async function ask(given: Partial<InitAnswers>, context: Context): Promise<Partial<InitAnswers>> {
  const questions = await context.questions();
  if (questions === undefined) return given;
  const answers = { ...given };
  answers.domain ??= (await questions.input('The public name of this server (empty: none)')) || undefined;
  answers.tls ??= await questions.choose('HTTPS', [
    { value: 'none', name: 'none: plain HTTP, to try out' },
    { value: 'proxy', name: 'a reverse proxy in front ends TLS' },
    { value: 'manual', name: 'certificate files on this machine' },
  ]);
  if (answers.tls === 'manual') {
    answers.certFile ??= await questions.input('The certificate chain', '/etc/bedrud/cert.pem');
    answers.keyFile ??= await questions.input('Its private key', '/etc/bedrud/key.pem');
  }
  answers.external ??= await questions.choose('LiveKit', [
    { value: false, name: 'embedded: bedrud runs it' },
    { value: true, name: 'external: it runs elsewhere' },
  ]);
  if (answers.external) {
    answers.host ??= await questions.input('What browsers connect to', 'wss://livekit.example.com');
    answers.internalHost ??= await questions.input("LiveKit's API", answers.host.replace(/^ws/, 'http'));
    answers.apiKey ??= await questions.input('API key');
    answers.apiSecret ??= await questions.secret('API secret');
  }
  return answers;
}

/** Elsewhere --host is an address to listen on, and here nobody asks for one. @throws Failure `usage/invalid` */
function requireUrl(flag: string, value: string | undefined): void {
  if (value === undefined || sfuUrl(value) !== undefined) return;
  throw failure('usage/invalid', {
    problem: `${flag}: "${value}" is not the URL of an external LiveKit`,
    hint: 'write it as wss://livekit.example.com; where bedrud listens is server.host in the file that is written',
  });
}

/** @throws Failure `usage/invalid` for what has no default and wasn't given */
function complete(answers: Partial<InitAnswers>): InitAnswers {
  const missing = (flags: string, because: string) =>
    failure('usage/invalid', { problem: `${because} needs ${flags}`, hint: `add ${flags}` });
  if (answers.tls === 'manual' && !answers.certFile) throw missing('--cert-file', '--tls manual');
  if (answers.tls === 'manual' && !answers.keyFile) throw missing('--key-file', '--tls manual');
  if (answers.external) {
    if (!answers.host) throw missing('--host', '--external');
    if (!answers.internalHost) throw missing('--internal-host', '--external');
    if (!answers.apiKey) throw missing('--api-key', '--external');
    if (!answers.apiSecret) throw missing('--api-secret-file (or LIVEKIT_API_SECRET)', '--external');
  }
  return {
    ...answers,
    port: answers.port ?? 8090,
    tls: answers.tls ?? 'none',
    external: answers.external ?? false,
  };
}

/**
 * Writes the file for its owner alone.
 * @returns where the old one went, if there was one
 * @throws Failure `init/exists`, `output/unwritable`
 */
async function put(file: string, yaml: string, force: boolean): Promise<string | undefined> {
  try {
    await makeFolder(dirname(file));
    const backup = force ? await setAside(file) : undefined;
    await writeFile(file, yaml, { mode: 0o600, flag: 'wx' });
    return backup;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw failure('init/exists', { file }, error);
    const hint = 'name a folder this user may write to';
    throw failure('output/unwritable', { file, reason: reasonOf(error), hint }, error);
  }
}

async function setAside(file: string): Promise<string | undefined> {
  const backup = `${file}.${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}.bak`;
  try {
    await rename(file, backup);
    return backup;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function nextSteps(file: string, found: boolean): string[] {
  const config = found ? '' : ` -c ${file}`;
  return [`bedrud serve${config}`, `bedrud config validate${config}`];
}

export default { summary: init.summary, commands: [init] } satisfies CommandGroup;
