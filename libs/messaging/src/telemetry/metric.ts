/** One series of a metric at this moment. */
export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** `_bucket`, `_sum` or `_count`, for a histogram. */
  readonly suffix?: string;
}

/** The samples of a metric, as monitoring systems expect them: base units, few values per label. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: readonly Sample[];
}

/**
 * A provider that returns metrics on request; an endpoint finds it by its class. Counting is a plain addition where the work is
 * done, and this library depends on no monitoring system.
 */
export abstract class MetricsSource {
  abstract metrics(): readonly Metric[] | Promise<readonly Metric[]>;
}

/** Durations, counted into the buckets of a histogram. */
export class Durations {
  private readonly counts: number[];
  private sum = 0;

  /** @param bounds upper bounds of the buckets in seconds, increasing */
  constructor(private readonly bounds: readonly number[]) {
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  add(seconds: number): void {
    let bucket = 0;
    while (bucket < this.bounds.length && seconds > (this.bounds[bucket] as number)) bucket++;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sum += seconds;
  }

  samples(labels: Sample['labels']): Sample[] {
    let count = 0;
    const buckets = this.counts.map((inBucket, i) => {
      count += inBucket;
      return { labels: { ...labels, le: String(this.bounds[i] ?? '+Inf') }, value: count, suffix: '_bucket' };
    });
    return [...buckets, { labels, value: this.sum, suffix: '_sum' }, { labels, value: count, suffix: '_count' }];
  }
}
