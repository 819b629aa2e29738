/** One series of a metric at this moment. */
export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** `_bucket`, `_sum` or `_count`, of a histogram. */
  readonly suffix?: string;
}

/** Numbers of one name, as monitoring systems read them: base units, few values per label. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: readonly Sample[];
}

/**
 * A provider that tells metrics when it is asked; whoever serves them finds it by its class. Counting stays a plain
 * addition where the work is done, and this library knows no monitoring system.
 */
export abstract class MetricsSource {
  abstract metrics(): readonly Metric[] | Promise<readonly Metric[]>;
}
