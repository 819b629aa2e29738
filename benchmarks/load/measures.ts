import { build, type Histogram } from 'hdr-histogram-js';

/** What was measured of one kind of request, or of the way to an order's state. */
export interface Measured {
  readonly count: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

/** A highest value lets the histogram have a fixed size; latencies above count as this. */
const highestUs = 600_000_000;

/** Latencies, and counts of errors. Its size depends on neither the rate nor the duration. */
export class Measures {
  private readonly latencies = new Map<string, Histogram>();
  private readonly errors = new Map<string, Map<string, number>>();
  private readonly dropped = new Map<string, number>();

  latency(what: string, ms: number): void {
    const us = Math.min(Math.max(Math.round(ms * 1_000), 1), highestUs);
    entry(this.latencies, what, newHistogram).recordValue(us);
  }

  error(what: string, code: string): void {
    count(
      entry(this.errors, what, () => new Map<string, number>()),
      code,
    );
  }

  notStarted(what: string): void {
    count(this.dropped, what);
  }

  get errorCount(): number {
    return [...this.errors.values()].flatMap((codes) => [...codes.values()]).reduce((sum, n) => sum + n, 0);
  }

  get notStartedByKind(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.dropped);
  }

  get errorsByKind(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    return Object.fromEntries([...this.errors].map(([what, codes]) => [what, Object.fromEntries(codes)]));
  }

  get latenciesByKind(): Readonly<Record<string, Measured>> {
    return Object.fromEntries([...this.latencies].map(([what, histogram]) => [what, measuredBy(histogram)]));
  }
}

const newHistogram = (): Histogram => build({ highestTrackableValue: highestUs, numberOfSignificantValueDigits: 3, autoResize: false });

function measuredBy(histogram: Histogram): Measured {
  // A percentile is the upper end of its bucket, which may be above the greatest value.
  const ms = (percentile: number) => Math.min(histogram.getValueAtPercentile(percentile), histogram.maxValue) / 1_000;
  return {
    count: histogram.totalCount,
    p50Ms: ms(50),
    p90Ms: ms(90),
    p99Ms: ms(99),
    p999Ms: ms(99.9),
    maxMs: histogram.maxValue / 1_000,
  };
}

export const count = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);

function entry<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  const value = map.get(key) ?? create();
  map.set(key, value);
  return value;
}
