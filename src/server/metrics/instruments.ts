/**
 * What counts and measures. Kept apart from the library that writes Prometheus' format, which is loaded with the first
 * scrape: a server that nobody scrapes pays for an addition.
 */

export interface Description {
  /** Stable: dashboards and alerts go by it. */
  name: string;
  help: string;
  /** The names of its labels. */
  labels?: readonly string[];
}

export interface Sample {
  labels: Record<string, string | number>;
  value: number;
  /** Of a histogram: `bucket`, `sum` or `count`. */
  part?: string;
}

export interface Instrument extends Description {
  readonly type: 'counter' | 'gauge' | 'histogram';
  samples(): Sample[] | Promise<Sample[]>;
}

/** Counts, by the values of one label. */
export class Tally<Label extends string = string> implements Instrument {
  readonly type = 'counter';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly [string];
  readonly #counts: Record<string, number>;

  /** @param values of the label: those that are known from the start count 0 until they happen */
  constructor(description: Description & { labels: readonly [string] }, values: readonly Label[] = []) {
    ({ name: this.name, help: this.help, labels: this.labels } = description);
    this.#counts = Object.fromEntries(values.map((value) => [value, 0]));
  }

  add(value: Label, by = 1): void {
    this.#counts[value] = (this.#counts[value] ?? 0) + by;
  }

  get counts(): Readonly<Record<Label, number>> {
    return this.#counts as Record<Label, number>;
  }

  samples(): Sample[] {
    return Object.entries(this.#counts).map(([value, count]) => ({
      labels: { [this.labels[0]]: value },
      value: count,
    }));
  }
}

/** Counts, by the values of two labels: a tally for each value of the first. */
export class Tallies<First extends string, Second extends string> implements Instrument {
  readonly type = 'counter';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly [string, string];
  readonly of: Readonly<Record<First, Tally<Second>>>;

  /** @param firsts, seconds the values of the labels */
  constructor(
    { name, help, labels }: Description & { labels: readonly [string, string] },
    firsts: readonly First[],
    seconds: readonly Second[],
  ) {
    this.name = name;
    this.help = help;
    this.labels = labels;
    const tallies = firsts.map((first) => [first, new Tally({ name, help, labels: [labels[1]] }, seconds)]);
    this.of = Object.fromEntries(tallies) as Record<First, Tally<Second>>;
  }

  samples(): Sample[] {
    return Object.entries<Tally<Second>>(this.of).flatMap(([first, tally]) =>
      tally.samples().map(({ labels, value }) => ({ labels: { [this.labels[0]]: first, ...labels }, value })),
    );
  }
}

/** Upper bounds, in seconds: from a statement on SQLite to a request that timed out. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Series {
  values: readonly string[];
  /** How many were at most as long as the bound of that number, and longer than the one before. */
  buckets: number[];
  count: number;
  sum: number;
}

/** How long something took, by the values of its labels. */
export class Histogram implements Instrument {
  readonly type = 'histogram';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly #series = new Map<string, Series>();

  constructor({ name, help, labels = [] }: Description) {
    this.name = name;
    this.help = help;
    this.labels = labels;
  }

  observe(seconds: number, ...values: string[]): void {
    const key = values.join('\n');
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { values, buckets: bounds.map(() => 0), count: 0, sum: 0 };
      this.#series.set(key, series);
    }
    const bucket = bounds.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
    series.count += 1;
    series.sum += seconds;
  }

  samples(): Sample[] {
    return [...this.#series.values()].flatMap(({ values, buckets, count, sum }) => {
      const labels = Object.fromEntries(this.labels.map((label, n) => [label, values[n] ?? '']));
      let below = 0;
      const cumulative = bounds.map((bound, n) => {
        below += buckets[n] ?? 0;
        return { labels: { ...labels, le: bound }, value: below, part: 'bucket' };
      });
      return [
        ...cumulative,
        { labels: { ...labels, le: '+Inf' }, value: count, part: 'bucket' },
        { labels, value: sum, part: 'sum' },
        { labels, value: count, part: 'count' },
      ];
    });
  }
}

/** What is so at the moment; looked at when it is asked for. */
export class Gauge implements Instrument {
  readonly type = 'gauge';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly samples: () => Sample[] | Promise<Sample[]>;

  constructor({ name, help, labels = [] }: Description, samples: () => Sample[] | Promise<Sample[]>) {
    this.name = name;
    this.help = help;
    this.labels = labels;
    this.samples = samples;
  }
}
