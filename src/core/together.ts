import { Failure } from './errors.ts';

/**
 * Has `work` done for many at once: what comes while it is busy waits, and then goes together.
 *
 * When it throws a Failure, such as that a server is away, all of its items fail. Otherwise it may be one item's fault, which
 * the others need not suffer for: each is tried alone.
 * @param work gives a result for each item, in their order; when it throws, it can be done again
 * @param most how many items go together
 * @param lanes how many such works may be under way
 */
export function together<Item, Result>(
  work: (items: Item[]) => Promise<Result[]>,
  most: number,
  lanes = 1,
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
      if (some.length > 1 && !(error instanceof Failure)) for (const one of some) await go([one]);
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
