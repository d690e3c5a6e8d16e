/** What bedrud's linters say of each file at hand. */
import type { Finding } from '../../core/finding.ts';
import { hostAddresses } from '../../livekit/addresses.ts';
import { lintCompose } from '../../livekit/compose/index.ts';
import { lintEgress } from '../../livekit/egress/lint.ts';
import { hostFiles } from '../../livekit/files.ts';
import { lintLiveKit } from '../../livekit/lint.ts';
import { sfuUrl } from '../../sfu/connection.ts';
import { type FactSource, Missing } from './gather.ts';

export interface Linted {
  findings: Finding[];
}

/** LiveKit's configuration, where rendering it hasn't said the same already. */
export async function lintText(source: FactSource): Promise<Linted> {
  const [livekit, { version }] = await Promise.all([source.fact('livekitText'), source.fact('version')]);
  if (livekit.inCompose) throw new Missing('LiveKit is configured in the compose file');
  const { cwd, now } = source.question;
  const options = {
    version,
    now: now(),
    ...(isThisHosts(source) ? { files: hostFiles(cwd), addresses: hostAddresses } : {}),
  };
  if (livekit.file !== undefined) return lintLiveKit(livekit.text, { ...options, file: livekit.file });
  // Whether somebody takes TURN on port 443, the file alone doesn't tell.
  const said = new Set(['turn/port-443', ...livekit.findings.map(({ id }) => id)]);
  const { findings } = lintLiveKit(livekit.text, options);
  // Nobody has seen the lines of a rendered file.
  const plain = findings.map(({ line: _, column: __, pointer: ___, ...finding }) => finding);
  return { findings: plain.filter(({ id }) => !said.has(id)) };
}

/** The configurations inside a compose file, where they stand. */
export async function lintComposeFile(source: FactSource): Promise<Linted> {
  const { compose, now } = source.question;
  if (compose === undefined) throw new Missing('no compose file was given (--compose FILE)');
  const { version } = await source.fact('version');
  return lintCompose(compose.text, { version, preferImage: true, file: compose.file, now: now() });
}

/** The egress service's file. */
export async function lintEgressFile(source: FactSource): Promise<Linted> {
  const { file, text } = await source.fact('egress');
  const { version } = await source.fact('version');
  return lintEgress(text, { version, ...(file === undefined ? {} : { file }) });
}

/** Are the files that the configuration names on this host, and not in a container or on another one? */
function isThisHosts({ question }: FactSource): boolean {
  const { external, internalHost = '' } = question.config.config.livekit;
  if (question.compose) return false;
  return !external || /^(localhost|127\.|\[::1\])/.test(sfuUrl(internalHost)?.hostname ?? '');
}
