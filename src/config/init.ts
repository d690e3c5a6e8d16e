/** What `bedrud init` writes. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fillTemplate, readPackageFile } from '../core/template.ts';
import { scalarToYaml } from './yaml-text.ts';

export interface InitAnswers {
  domain?: string | undefined;
  port: number;
  tls: 'none' | 'proxy' | 'manual';
  certFile?: string | undefined;
  keyFile?: string | undefined;
  trustedProxies?: string[] | undefined;
  nodeIP?: string | undefined;
  external: boolean;
  host?: string | undefined;
  internalHost?: string | undefined;
  apiKey?: string | undefined;
  apiSecret?: string | undefined;
}

/** 256 bits, in hexadecimal: no shell and no YAML reader trips over it. */
const freshSecret = () => randomBytes(32).toString('hex');

/**
 * templates/config.yaml, filled in.
 * @param folder the file's own; the database goes beside it
 */
export async function renderConfig(answers: InitAnswers, folder: string): Promise<string> {
  const origin = publicOrigin(answers);
  const values: Record<string, string | string[] | number | undefined> = {
    port: answers.port,
    domain: answers.domain,
    [answers.tls]: '',
    certFile: answers.certFile,
    keyFile: answers.keyFile,
    trustedProxies: answers.trustedProxies ?? ['127.0.0.1', '::1'],
    databasePath: join(folder, 'bedrud.db'),
    [answers.external ? 'external' : 'embedded']: '',
    host: answers.host,
    internalHost: answers.internalHost,
    apiKey: answers.apiKey ?? `bedrud-${randomBytes(6).toString('hex')}`,
    apiSecret: answers.apiSecret ?? freshSecret(),
    livekitPort: 7880,
    nodeIP: answers.nodeIP,
    noNodeIP: answers.nodeIP === undefined ? '' : undefined,
    webhookUrl: `${origin}/api/livekit/webhook`,
    jwtSecret: freshSecret(),
    sessionSecret: freshSecret(),
    frontendURL: origin,
  };
  const yaml = Object.entries(values).map(([name, value]) => [
    name,
    value === undefined ? undefined : inYaml(value),
  ]);
  return fillTemplate(await readPackageFile('templates/config.yaml'), Object.fromEntries(yaml));
}

function inYaml(value: string | string[] | number): string {
  return Array.isArray(value) ? `[${value.map(scalarToYaml).join(', ')}]` : scalarToYaml(value);
}

/** What people type into the browser. */
function publicOrigin({ tls, domain, port }: InitAnswers): string {
  const name = domain ?? 'localhost';
  if (tls === 'proxy') return `https://${name}`;
  const scheme = tls === 'manual' ? 'https' : 'http';
  const usual = tls === 'manual' ? 443 : 80;
  return `${scheme}://${name}${port === usual ? '' : `:${port}`}`;
}
