import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { failure } from '../../src/core/errors.ts';
import { type Check, defineCheck } from '../../src/doctor/check.ts';
import { Missing } from '../../src/doctor/facts/gather.ts';
import { type Gatherers, gatherers, type Question } from '../../src/doctor/facts/index.ts';
import { runChecks, withFacts } from '../../src/doctor/run.ts';

const words = { title: 't', area: 'start', severity: 'warning', why: 'w', fix: 'mend it' } as const;
const hostCheck = (run: Check['run']): Check =>
  defineCheck({ ...words, id: 'test/host', needs: ['host'], run });
const host = { addresses: [], container: false };

function runWith(check: Check | Check[], changed: Partial<Gatherers>, timeoutMs = 5_000) {
  const question = { offline: true } as Question;
  const { signal } = new AbortController();
  const options = { question, gatherers: { ...gatherers, ...changed }, timeoutMs, signal };
  return withFacts(options, (source) => runChecks([check].flat(), source));
}

describe('a check', () => {
  test('adds its own severity, hint and page to what it sees', async () => {
    const [result] = await runWith(
      hostCheck(() => [{ message: 'm' }]),
      { host: { gather: () => host } },
    );
    expect(result).toMatchObject({
      status: 'warn',
      findings: [{ id: 'test/host', severity: 'warning', hint: 'mend it', docs: 'docs/checks.md#testhost' }],
    });
  });

  test('that throws is itself a finding', async () => {
    const throws = hostCheck(() => {
      throw new Error('oops');
    });
    const [result] = await runWith(throws, { host: { gather: () => host } });
    expect(result).toMatchObject({
      status: 'fail',
      findings: [{ id: 'doctor/broken-check', message: 'the check test/host itself failed: oops' }],
    });
  });

  test('passes with nothing worse than a note', async () => {
    const notes = hostCheck(() => [{ message: 'm', severity: 'info' }]);
    expect((await runWith(notes, { host: { gather: () => host } }))[0]?.status).toBe('pass');
  });
});

describe('a fact', () => {
  test('is gathered once for all checks, and only when one needs it', async () => {
    let gathered = 0;
    const gather = () => {
      gathered += 1;
      return host;
    };
    await runWith([hostCheck(() => []), hostCheck(() => [])], {
      host: { gather },
      units: { gather: () => expect.fail('nobody needs it') },
    });
    expect(gathered).toBe(1);
  });

  test.each([
    ['is missing', () => new Missing('no such thing'), 'no such thing'],
    ['failed', () => failure('input/not-found', { file: 'x.yaml' }), 'x.yaml: no such file'],
  ])('that %s skips the check, with the reason', async (_, error, reason) => {
    const gather = () => {
      throw error();
    };
    const [result] = await runWith(
      hostCheck(() => []),
      { host: { gather } },
    );
    expect(result).toMatchObject({ status: 'skip', reason, findings: [] });
  });

  test('that fails in a way nobody thought of is a finding', async () => {
    const gather = () => {
      throw new TypeError('x is undefined');
    };
    const [result] = await runWith(
      hostCheck(() => []),
      { host: { gather } },
    );
    expect(result?.findings[0]?.id).toBe('doctor/broken-check');
  });

  test('that never comes ends with the run', async () => {
    const gather = () => new Promise<never>(() => {});
    const [result] = await runWith(
      hostCheck(() => []),
      { host: { gather } },
      50,
    );
    expect(result).toMatchObject({ status: 'skip', reason: 'not known within 50ms (--timeout)' });
  });

  test('that comes too late disturbs nobody', async () => {
    const gather = async () => {
      await sleep(80);
      throw new Error('too late');
    };
    await runWith(
      hostCheck(() => []),
      { host: { gather } },
      20,
    );
    await sleep(100);
  });

  test('of the network is not asked for with --offline', async () => {
    const gather = () => expect.fail('sent something');
    const [result] = await runWith(
      hostCheck(() => []),
      { host: { network: true, gather } },
    );
    expect(result).toMatchObject({ status: 'skip', reason: 'not looked at with --offline' });
  });
});
