import { wallClockMs } from '@ftgo/kernel';
import type { Collector, Transaction } from '@ftgo/messaging';
import { Durations, type Metric } from '@ftgo/messaging/telemetry';
import type { SagaEvent } from '../decide/decision.js';
import type { SagaInstance } from '../decide/instance.js';
import { startedAt } from '../saga-id.js';
import type { Driven } from './drive.js';

const bounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800];
const endings: ReadonlySet<SagaEvent> = new Set(['completed', 'rolled-back']);

class Tally {
  started = 0;
  alarms = 0;
  readonly completed = new Durations(bounds);
  readonly rolledBack = new Durations(bounds);
}

/** Counts what this process's transactions did to sagas, once they are committed. */
export class SagaTally implements Collector<Driven<unknown>> {
  private readonly bySaga: ReadonlyMap<string, Tally>;

  constructor(names: Iterable<string>) {
    this.bySaga = new Map([...names].map((name) => [name, new Tally()]));
  }

  note(transaction: Transaction, move: Driven<unknown>): void {
    if (move.history.length > 0) transaction.collect(this, move);
  }

  committed(moves: readonly Driven<unknown>[]): void {
    for (const { instance, history } of moves) {
      const tally = this.bySaga.get(instance.saga);
      if (tally) for (const { event } of history) this.count(tally, event, instance);
    }
  }

  metrics(): Metric[] {
    const each = [...this.bySaga];
    const counter = (name: string, help: string, value: (tally: Tally) => number): Metric => ({
      name,
      help,
      type: 'counter',
      samples: each.map(([saga, tally]) => ({ labels: { saga }, value: value(tally) })),
    });
    return [
      counter('saga_started_total', 'Sagas started by this process', ({ started }) => started),
      counter(
        'saga_deadline_alarms_total',
        'Alerts for steps past their deadline whose command is resent until a reply arrives',
        ({ alarms }) => alarms,
      ),
      {
        name: 'saga_duration_seconds',
        help: 'Time from the start of a saga to its end, by outcome: completed, or rolled_back (compensated); the count is the number of sagas that ended in this process',
        type: 'histogram',
        samples: each.flatMap(([saga, { completed, rolledBack }]) => [
          ...completed.samples({ saga, outcome: 'completed' }),
          ...rolledBack.samples({ saga, outcome: 'rolled_back' }),
        ]),
      },
    ];
  }

  private count(tally: Tally, event: SagaEvent, { id, status }: SagaInstance<unknown>): void {
    if (event === 'started') tally.started++;
    else if (event === 'alarm') tally.alarms++;
    else if (endings.has(event)) (status === 'COMPLETED' ? tally.completed : tally.rolledBack).add((wallClockMs() - startedAt(id)) / 1_000);
  }
}
