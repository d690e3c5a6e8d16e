import { defineCommand, findingFormats } from '../../cli/command.ts';
import { duration } from '../../cli/parameters.ts';
import type { ProbeError, ProbeFacts } from '../../sfu/probe.ts';
import { connectionOf, connectionOptions } from '../shared/connection.ts';

const defaultTimeoutMs = 5_000;

export const probe = defineCommand({
  path: 'livekit probe',
  summary: 'look at a running livekit-server from here',
  description: `Checks name, port, certificate, HTTP, keys, clock and paths, and says what to mend. Nothing changes on the server: no room is made, nobody joins. Media is not looked at.

livekit-server tells its version only to who joins; the release shown is what its answers look like.`,
  parameters: {
    ...connectionOptions,
    timeout: duration('--timeout <duration>', 'for each step (default: 5s)'),
  },
  examples: [
    { run: 'bedrud livekit probe', does: 'the one that config.yaml names' },
    { run: 'bedrud livekit probe --url https://sfu.example.com', does: 'through the public address' },
  ],
  formats: findingFormats,
  async run(input, context) {
    const connection = await connectionOf(input, context);
    const [{ probeSfu }, { probeFindings }] = await Promise.all([
      import('../../sfu/probe.ts'),
      import('../../sfu/probe-findings.ts'),
    ]);
    const facts = await probeSfu(connection, {
      timeoutMs: input.timeout ?? defaultTimeoutMs,
      signal: context.signal,
    });
    const findings = probeFindings(facts, connection.skipTLSVerify, context.host.now());
    const ok = findings.every(({ severity }) => severity !== 'error');
    return {
      data: { ok, facts, findings },
      ...(context.format === 'text' ? { text: summary(facts) } : {}),
      findings,
      subjects: [facts.url],
    };
  },
});

/** One line a step, as far as it got. */
function summary(facts: ProbeFacts): string {
  const { url, dns, tcp, tls, root, validate, rooms, clockSkewMs, release } = facts;
  const rows: [string, string][] = [['server', url]];
  const row = <T extends object>(
    name: string,
    fact: T | undefined,
    say: (fact: Exclude<T, ProbeError>) => string,
  ) => {
    if (fact === undefined) return;
    rows.push([name, isError(fact) ? fact.error : say(fact as Exclude<T, ProbeError>)]);
  };
  row('name', dns, ({ addresses }) => addresses.join(', '));
  row('port', tcp, ({ address, ms }) => `${address} answers in ${ms} ms`);
  row('certificate', tls, ({ names, issuer, validTo, problem }) =>
    [
      names.length === 0 ? 'for no name' : `for ${names.join(', ')}`,
      `by ${issuer}`,
      `until ${validTo.slice(0, 10)}`,
      problem,
    ]
      .filter(Boolean)
      .join(', '),
  );
  row('HTTP', root, ({ status, body, ms }) => `${status} ${body.split('\n', 1)[0]} in ${ms} ms`);
  row('token', validate, ({ outcome }) => (outcome === 'ok' ? 'accepted' : outcome));
  row('rooms', rooms, ({ count, status }) => (count === undefined ? `status ${status}` : `${count} active`));
  if (clockSkewMs !== undefined) {
    rows.push([
      'clock',
      Math.abs(clockSkewMs) < 2000 ? 'the same as here' : `${Math.round(clockSkewMs / 1000)} s from ours`,
    ]);
  }
  if (release) rows.push(['release', releaseText(release)]);
  return rows.map(([name, text]) => `${name.padEnd(12)} ${text}`).join('\n');
}

const isError = (fact: object): fact is ProbeError => 'error' in fact;

function releaseText({ atLeast, below }: NonNullable<ProbeFacts['release']>): string {
  if (atLeast && below) return `from ${atLeast} to before ${below}`;
  if (atLeast) return `${atLeast} or later`;
  return below ? `before ${below}` : 'unknown';
}
