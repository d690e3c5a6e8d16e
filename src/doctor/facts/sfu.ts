/** The running SFU, as bedrud and as clients reach it. */
import { randomBytes } from 'node:crypto';
import type { Finding } from '../../core/finding.ts';
import { type SfuConnection, sfuUrl } from '../../sfu/connection.ts';
import { type ProbeFacts, probeSfu } from '../../sfu/probe.ts';
import { probeFindings } from '../../sfu/probe-findings.ts';
import { roomService } from '../../sfu/rooms.ts';
import { mintToken } from '../../sfu/tokens.ts';
import { type IceServer, joinOnce, type SignalAnswer } from '../probes/signal.ts';
import { type FactSource, Missing } from './gather.ts';

/** For each step of a probe, in milliseconds: a host that is there answers in a fraction of it. */
export const stepMs = 3_000;

export interface Sfu {
  connection: SfuConnection;
  probe: ProbeFacts;
  /** What the probe's facts mean. */
  findings: Finding[];
}

/** What clients connect to, where anybody says. */
export function publicUrlOf({ question }: FactSource): URL | undefined {
  return sfuUrl(question.url ?? question.config.config.livekit.host ?? '');
}

/**
 * livekit.internalHost; embedded, the port on this host; else what clients connect to.
 * @throws Missing when nobody says
 */
export function connectionOf({ question }: FactSource): SfuConnection {
  const { livekit } = question.config.config;
  const { apiKey = '', apiSecret = '', skipTLSVerify, internalHost, external, host, port } = livekit;
  const embedded = external || question.config.file === undefined ? undefined : `http://127.0.0.1:${port}`;
  const url = internalHost ?? (question.url && embedded === undefined ? question.url : (embedded ?? host));
  if (url === undefined)
    throw new Missing('there is no address of a livekit-server (livekit.internalHost, --url)');
  if (sfuUrl(url) === undefined) throw new Missing(`"${url}" is no address of a livekit-server`);
  return { url, apiKey, apiSecret, skipTLSVerify };
}

export async function probe(source: FactSource, signal: AbortSignal): Promise<Sfu> {
  const connection = connectionOf(source);
  const facts = await probeSfu(connection, { timeoutMs: stepMs, signal });
  const findings = probeFindings(facts, connection.skipTLSVerify, source.question.now());
  return { connection, probe: facts, findings: isEmbedded(source) ? findings.map(ofEmbedded) : findings };
}

function isEmbedded({ question: { config } }: FactSource): boolean {
  return config.file !== undefined && !config.config.livekit.external && !config.config.livekit.internalHost;
}

/** Nobody starts the embedded livekit-server but bedrud. */
function ofEmbedded(finding: Finding): Finding {
  if (finding.id !== 'sfu/api-unreachable' || !finding.message.endsWith('refuses connections'))
    return finding;
  return {
    ...finding,
    message: `livekit-server does not run: ${finding.message}`,
    hint: 'start the server, with bedrud serve: it starts livekit-server, and says why where that fails',
  };
}

export interface Signal {
  /** Where clients connect; absent when it is the same address, or nobody says. */
  public?: { url: URL; answer: SignalAnswer };
  internal: { url: URL; answer: SignalAnswer };
  /** livekit-server's, when it let us in. */
  version?: string;
  /** What clients are told to relay through. */
  iceServers: IceServer[];
}

export async function join(source: FactSource, signal: AbortSignal): Promise<Signal> {
  const connection = connectionOf(source);
  const { apiKey, apiSecret } = connection;
  if (apiKey === '' || apiSecret === '')
    throw new Missing('there is no API key to join with (livekit.apiKey)');
  const internalUrl = sfuUrl(connection.url);
  const publicUrl = publicUrlOf(source);
  if (internalUrl === undefined) throw new Missing(`"${connection.url}" is no address of a livekit-server`);
  const attempt = async (url: URL, skipTLSVerify: boolean) => {
    const room = `bedrud-doctor-${randomBytes(6).toString('hex')}`;
    const video = { canPublish: false, canSubscribe: false, hidden: true };
    const token = mintToken(connection, {
      identity: 'bedrud-doctor',
      room,
      ttlMs: 120_000,
      grants: { video },
    });
    const answer = await joinOnce(url, { token, skipTLSVerify, timeoutMs: stepMs, signal });
    // Left alone it would go by itself, after departure_timeout.
    if (answer.kind === 'joined')
      await roomService(connection, signal)
        .deleteRoom(room)
        .catch(() => undefined);
    return { url, answer };
  };
  const [internal, outside] = await Promise.all([
    attempt(internalUrl, connection.skipTLSVerify),
    // Browsers verify certificates whatever bedrud is told to accept.
    publicUrl && publicUrl.href !== internalUrl.href ? attempt(publicUrl, false) : undefined,
  ]);
  const joined = [outside, internal].find((one) => one?.answer.kind === 'joined')?.answer;
  return {
    internal,
    ...(outside ? { public: outside } : {}),
    ...(joined?.kind === 'joined' ? { version: joined.version } : {}),
    iceServers: joined?.kind === 'joined' ? joined.iceServers : [],
  };
}
