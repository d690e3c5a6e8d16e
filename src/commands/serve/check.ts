/** `serve --check`: everything that would stop it, without starting anything. */
import type { Outcome } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { Failure } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import { webhookPath } from '../../server/webhook/inbox.ts';
import { requireFreePorts } from '../../sfu/ports.ts';
import { configOf } from '../shared/config.ts';
import { databaseOf } from '../shared/database.ts';
import { fixedPorts, planEmbedded } from '../shared/embedded-sfu.ts';
import { type Input, type Settings, settingsOf } from './settings.ts';
import { connectionFor, planOptions } from './sfu.ts';

export async function check(input: Input, context: Context): Promise<Outcome> {
  const loaded = await configOf(context, { 'server.host': input.host, 'server.port': input.port });
  const findings = [...loaded.findings];
  /** A failure here is what was looked for. @returns whether there was none */
  const attempt = async (work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      findings.push(asFinding(error));
      return false;
    }
  };
  const valid = loaded.findings.every(({ severity }) => severity !== 'error');
  let settings: Settings | undefined;
  if (valid)
    await attempt(async () => {
      settings = await settingsOf(input, context);
    });
  if (settings) {
    await checkSettings(settings, context, findings, attempt);
    await settings.cleanUp();
  }
  const name = loaded.file ?? 'the defaults and the environment';
  const ok = findings.every(({ severity }) => severity !== 'error');
  return {
    findings,
    subjects: [name],
    data: { ok, findings },
    ...(findings.length === 0 ? { text: `bedrud could serve with ${name}` } : {}),
  };
}

async function checkSettings(
  settings: Settings,
  context: Context,
  findings: Finding[],
  attempt: (work: () => Promise<unknown>) => Promise<boolean>,
): Promise<void> {
  const { config, tls } = settings;
  await attempt(() =>
    requireFreePorts([
      { port: config.server.port, protocol: 'tcp', setting: 'server.port' },
      ...(tls && config.server.httpPort > 0
        ? [{ port: config.server.httpPort, protocol: 'tcp' as const, setting: 'server.httpPort' }]
        : []),
    ]),
  );
  if (tls) {
    const { readCertificate } = await import('../../server/tls/certificate.ts');
    await attempt(() => readCertificate(tls));
  }
  const { databaseStatus } = await import('../../store/index.ts');
  await attempt(() => databaseStatus(databaseOf(config, context)));
  await attempt(async () => connectionFor(settings));
  if (settings.external) return;
  await attempt(async () => {
    const webhookUrl = `http://127.0.0.1:${config.server.port}${webhookPath}`;
    const plan = await planEmbedded(config, planOptions(settings, context, webhookUrl));
    findings.push(...plan.findings);
    if (plan.rendered) await requireFreePorts(fixedPorts(plan.rendered));
  });
}

function asFinding({ code, message, hint }: Failure): Finding {
  return { id: code, severity: 'error', message, ...(hint === '' ? {} : { hint }) };
}
