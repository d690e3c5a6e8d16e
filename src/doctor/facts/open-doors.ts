/** What LiveKit lets anybody do who asks: pages meant for its makers, and keys out of manuals. */
import { type SfuConnection, sfuFetch, sfuUrl } from '../../sfu/connection.ts';
import type { HttpAnswer } from '../../sfu/http.ts';
import { mintToken } from '../../sfu/tokens.ts';
import { type FactSource, unlessMissing } from './gather.ts';
import { connectionOf, publicUrlOf, stepMs } from './sfu.ts';

export interface OpenPage {
  /** `debug`: profiles and the state of rooms. */
  kind: 'debug' | 'metrics';
  url: string;
}

/** The pages that answer without a password, at LiveKit's addresses and on the ports that its configuration names. */
export async function tryPages(source: FactSource, signal: AbortSignal): Promise<OpenPage[]> {
  const connection = connectionOf(source);
  const document = await source.fact('livekit').then(({ document }) => document, unlessMissing);
  const bases = [sfuUrl(connection.url), publicUrlOf(source)].filter((url) => url !== undefined);
  const host = bases.at(-1)?.hostname;
  const metrics = document?.number('prometheus', 'port') ?? document?.number('prometheus_port') ?? 0;
  const debug = document?.number('debug_handler', 'port') ?? 0;
  const pages: OpenPage[] = [
    ...bases.map((base) => page('debug', `${base.href.replace(/\/$/, '')}/debug/rooms`)),
    ...(debug > 0 ? [page('debug', `http://${host}:${debug}/debug/rooms`)] : []),
    ...(metrics > 0 ? [page('metrics', `http://${host}:${metrics}/metrics`)] : []),
  ];
  const distinct = [...new Map(pages.map((each) => [each.url, each])).values()];
  const open = await Promise.all(distinct.map((each) => isOpen(each, connection, signal)));
  return distinct.filter((_, i) => open[i]);
}

const page = (kind: OpenPage['kind'], url: string): OpenPage => ({ kind, url });

async function isOpen({ kind, url }: OpenPage, connection: SfuConnection, signal: AbortSignal) {
  const { origin, pathname } = new URL(url);
  const { skipTLSVerify } = connection;
  try {
    const response = await sfuFetch({ url: origin, skipTLSVerify })(pathname, { timeoutMs: stepMs, signal });
    const beginning = await beginningOf(response);
    // A web server may answer every path with its page.
    const expected = kind === 'debug' ? /^\[/ : /^# (HELP|TYPE) /m;
    return response.status === 200 && expected.test(beginning);
  } catch {
    return false;
  }
}

async function beginningOf(response: HttpAnswer): Promise<string> {
  for await (const chunk of response.body) return Buffer.from(chunk).toString();
  return '';
}

/** Pairs of --dev, of the sample and of public configurations. */
const publishedPairs = [
  ['devkey', 'secret'],
  ['devkey', 'devsecret'],
  ['key1', 'secret1'],
] as const;

/** The keys of published pairs that the running server accepts. */
export async function tryPublishedPairs(source: FactSource, signal: AbortSignal): Promise<string[]> {
  const connection = connectionOf(source);
  const fetch = sfuFetch(connection);
  const accepted = await Promise.all(
    publishedPairs.map(async ([apiKey, apiSecret]) => {
      const token = mintToken({ apiKey, apiSecret }, { identity: 'bedrud-probe', room: 'bedrud-probe' });
      try {
        const response = await fetch(`/rtc/validate?access_token=${token}`, { timeoutMs: stepMs, signal });
        const said = await beginningOf(response);
        return response.status === 200 && said.trim() === 'success' ? apiKey : [];
      } catch {
        return [];
      }
    }),
  );
  return [...new Set(accepted.flat())];
}
