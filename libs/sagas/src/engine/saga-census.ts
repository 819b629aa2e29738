import type { Transaction } from '@ftgo/messaging';
import type { Metric } from '@ftgo/messaging/telemetry';

interface OpenSagas {
  readonly saga: string;
  readonly status: string;
  readonly count: number;
  readonly alarmed: number;
  readonly oldest: number;
}

const statuses = ['RUNNING', 'COMPENSATING', 'STUCK'];

/** The sagas that have not ended, read from the database: every instance of the service reports the same. */
export async function sagaCensus(transaction: Transaction, names: Iterable<string>): Promise<Metric[]> {
  const { rows } = await transaction.query<OpenSagas>({
    name: 'sagas-census',
    text: `SELECT saga, status, count(*)::int AS count, count(*) FILTER (WHERE alarmed)::int AS alarmed,
        extract(epoch FROM clock_timestamp() - min(started_at))::float8 AS oldest
      FROM saga_instance WHERE ended_at IS NULL GROUP BY saga, status`,
  });
  const bySaga = Map.groupBy(rows, ({ saga }) => saga);
  // A saga that is no longer registered may still have instances.
  const sagas = [...new Set([...names, ...bySaga.keys()])];
  const of = (saga: string) => bySaga.get(saga) ?? [];
  const gauge = (name: string, help: string, value: (open: readonly OpenSagas[]) => number): Metric => ({
    name,
    help,
    type: 'gauge',
    samples: sagas.map((saga) => ({ labels: { saga }, value: value(of(saga)) })),
  });
  return [
    {
      name: 'saga_open',
      help: 'Sagas that have not ended, by status; STUCK needs an operator. Every instance reports the same',
      type: 'gauge',
      samples: sagas.flatMap((saga) =>
        statuses.map((status) => ({ labels: { saga, status }, value: of(saga).find((row) => row.status === status)?.count ?? 0 })),
      ),
    },
    gauge('saga_overdue', 'Sagas that have not ended and wait for a reply past its deadline', (open) =>
      open.reduce((sum, { alarmed }) => sum + alarmed, 0),
    ),
    gauge('saga_oldest_open_seconds', 'Age of the oldest saga that has not ended, in seconds', (open) =>
      Math.max(0, ...open.map(({ oldest }) => oldest)),
    ),
  ];
}
