/** Gathers facts once each, concurrently and only on demand, none of them without a time limit. */
import { formatDuration } from '../../core/duration.ts';
import { Failure } from '../../core/errors.ts';
import type { FactName, Facts, Gatherers, Question } from './index.ts';

/** Why a fact can't be had. Checks that need it are skipped with these words. */
export class Missing extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'Missing';
  }
}

/** For a fact that one can do without: undefined when it is missing. @throws everything else */
export function unlessMissing(error: unknown): undefined {
  if (error instanceof Missing) return undefined;
  throw error;
}

export interface FactSource {
  readonly question: Question;
  /** @throws Missing */
  fact<N extends FactName>(name: N): Promise<Facts[N]>;
}

/** Of one fact, those it is made from included. In milliseconds. */
const factLimit = 10_000;

/**
 * @param signal ends the gathering: what isn't known by then is missing, and why is the signal's reason
 * @returns where checks get their facts
 */
export function gatherFacts(gatherers: Gatherers, question: Question, signal: AbortSignal): FactSource {
  const asked = new Map<FactName, Promise<unknown>>();
  const source: FactSource = {
    question,
    fact<N extends FactName>(name: N): Promise<Facts[N]> {
      const known =
        asked.get(name) ??
        bounded(() => gather(name), gatherers[name].patient ? undefined : factLimit, signal);
      asked.set(name, known);
      return known as Promise<Facts[N]>;
    },
  };
  async function gather<N extends FactName>(name: N): Promise<unknown> {
    const { network, gather } = gatherers[name];
    if (network && question.offline) throw new Missing('not looked at with --offline');
    try {
      return await gather(source, signal);
    } catch (error) {
      throw error instanceof Failure ? new Missing(error.message) : error;
    }
  }
  return source;
}

function bounded<T>(work: () => Promise<T>, limitMs: number | undefined, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
    };
    const aborted = () => {
      end();
      reject(signal.reason);
    };
    const expire = () => {
      end();
      reject(new Missing(`not known within ${formatDuration(limitMs ?? 0)}`));
    };
    const timer = limitMs === undefined ? undefined : setTimeout(expire, limitMs);
    if (signal.aborted) return aborted();
    signal.addEventListener('abort', aborted, { once: true });
    work().then(resolve, reject).finally(end);
  });
}
