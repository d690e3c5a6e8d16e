import { Failure } from './errors.ts';

export interface Togetherness {
  /** How many items go together. Where they share a transaction, other requests wait for it meanwhile. */
  most?: number;
  /** How many such works may be under way. */
  lanes?: number;
  /**
   * One item can be at fault when the work throws, which the others need not suffer for: each is tried alone then, unless it is
   * a Failure, such as that a server is away. Work that was refused has to be one that can be done again.
   */
  alone?: boolean;
}

/**
 * Has `work` done for many at once: what comes while it is busy waits, and then goes together.
 * @param work gives a result for each item, in their order. When it throws, all of its items fail
 */
export function together<Item, Result>(
  work: (items: Item[]) => Promise<Result[]>,
  { most = 64, lanes = 1, alone = false }: Togetherness = {},
): (item: Item) => Promise<Result> {
  interface Waiting {
    item: Item;
    resolve(result: Result): void;
    reject(error: unknown): void;
  }
  let waiting: Waiting[] = [];
  let underWay = 0;
  const go = async (some: Waiting[]): Promise<void> => {
    try {
      const results = await work(some.map(({ item }) => item));
      for (const [n, { resolve }] of some.entries()) resolve(results[n] as Result);
    } catch (error) {
      if (alone && some.length > 1 && !(error instanceof Failure)) for (const one of some) await go([one]);
      else for (const { reject } of some) reject(error);
    }
  };
  const drain = async () => {
    while (waiting.length > 0) {
      const some = waiting.slice(0, most);
      waiting = waiting.slice(most);
      await go(some);
    }
    underWay -= 1;
  };
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (underWay >= lanes) return;
      underWay += 1;
      // Whatever has arrived by now is read first.
      setImmediate(drain);
    });
}
