import type { FlowStatus, RelayStatus } from '@ftgo/outbox-relay';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

interface Source {
  readonly statuses: readonly RelayStatus[];
}

const labels = ['database'] as const;

/** The relay's state for Prometheus; every value is read on each scrape. */
export function relayMetrics(relay: Source): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];

  /** Unknown values are not exported. */
  const ofEach = (name: string, help: string, value: (status: RelayStatus) => number | undefined) =>
    new Gauge({
      name,
      help,
      labelNames: labels,
      registers,
      collect() {
        this.reset();
        for (const status of relay.statuses) {
          const measured = value(status);
          if (measured !== undefined) this.set({ database: status.database }, measured);
        }
      },
    });
  // Only the leader knows the flow.
  const ofLeaders: Measure = (name, help, value) => ofEach(name, help, ({ flow }) => flow && value(flow));
  const total = (name: string, help: string, value: (status: RelayStatus) => number) => {
    const counter = new Counter({
      name,
      help,
      labelNames: labels,
      registers,
      collect() {
        counter.reset();
        for (const status of relay.statuses) counter.inc({ database: status.database }, value(status));
      },
    });
  };

  ofEach('relay_leader', '1 while this relay leads the database', ({ state }) => Number(state === 'leading'));
  ofEach('relay_ready', '1 while this relay or another one publishes messages of the database', ({ isReady }) => Number(isReady));
  ofEach('relay_refused', '1 while the broker permanently rejects a message of the database', ({ state }) => Number(state === 'refused'));
  ofEach(
    'relay_proved',
    '1 if the log provably contains every unpublished message; 0 until a backfill has published those that may be missing from it',
    ({ isProved }) => (isProved === undefined ? undefined : Number(isProved)),
  );
  ofEach('relay_blocking_transactions', 'Open transactions that the slot waits for', (status) => status.blockingTransactions);
  total('relay_published_total', 'Messages acknowledged by the broker', ({ published }) => published);
  total('relay_backfilled_total', 'Messages published from the table by a backfill', ({ backfilled }) => backfilled);
  total('relay_terms_total', 'Terms of this relay as leader: first start, failovers, reconnections', ({ terms }) => terms);
  total(
    'relay_rejected_total',
    'Messages not published because the owner of the database may not send them, or their outbox rows are invalid',
    ({ rejected }) => rejected,
  );
  total('relay_alarms_total', 'Alerts that an operator should investigate; the log has the details', ({ alarms }) => alarms);
  ofEach(
    'relay_lag_seconds',
    'Age of the oldest commit not known to be published, in seconds; while no relay can lead, time since everything was known to be published. Not exported while another relay leads',
    ({ lagMs }) => seconds(lagMs),
  );
  flowMetrics(ofLeaders);
  return registry;
}

type Measure = (name: string, help: string, value: (flow: FlowStatus) => number | undefined) => unknown;

function flowMetrics(ofLeaders: Measure): void {
  ofLeaders('relay_slot_lag_bytes', 'Write-ahead log that PostgreSQL retains for the relay, in bytes', ({ lagBytes }) => lagBytes);
  ofLeaders('relay_heartbeat_seconds', 'Time that the last heartbeat took to return through the log, in seconds', ({ heartbeatMs }) =>
    seconds(heartbeatMs),
  );
  ofLeaders('relay_in_flight_bytes', 'Messages in flight to the broker, in bytes', ({ inFlightBytes }) => inFlightBytes);
  ofLeaders('relay_in_flight_messages', 'Messages in flight to the broker', ({ inFlightRecords }) => inFlightRecords);
  ofLeaders('relay_paused', '1 while reading is paused until the broker catches up', ({ isPaused }) => Number(isPaused));
  ofLeaders('relay_ack_age_seconds', 'Time since progress was last acknowledged to PostgreSQL, in seconds', ({ ackAgeMs }) =>
    seconds(ackAgeMs),
  );
  ofLeaders('relay_checkpoint_age_seconds', 'Time since the checkpoint was last stored, in seconds', ({ checkpointAgeMs }) =>
    seconds(checkpointAgeMs),
  );
  ofLeaders('relay_batch_messages', 'Mean number of messages per request to the broker', ({ meanBatchRecords }) => meanBatchRecords);
  ofLeaders('relay_produce_seconds', 'Mean duration of a request to the broker, in seconds', ({ meanProduceMs }) => seconds(meanProduceMs));
}

const seconds = (milliseconds: number | undefined): number | undefined => (milliseconds === undefined ? undefined : milliseconds / 1_000);
