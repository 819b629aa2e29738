import type { Transactions } from '@ftgo/messaging';
import { type Metric, MetricsSource } from '@ftgo/messaging/telemetry';
import { sagaCensus } from '../engine/saga-census.js';
import type { Sagas } from '../engine/sagas.js';

/** Metrics of this process. */
export class SagaMetrics extends MetricsSource {
  constructor(private readonly sagas: Sagas) {
    super();
  }

  override metrics(): Metric[] {
    return this.sagas.tally.metrics();
  }
}

/** Metrics from the database; separate, so that an outage hides nothing else. */
export class SagaTableMetrics extends MetricsSource {
  constructor(
    private readonly sagas: Sagas,
    private readonly transactions: Transactions,
  ) {
    super();
  }

  override metrics(): Promise<Metric[]> {
    return this.transactions.run((transaction) => sagaCensus(transaction, this.sagas.registry.names));
  }
}
