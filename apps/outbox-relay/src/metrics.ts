import type { FlowStatus, RelayStatus } from '@ftgo/outbox-relay';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

interface Source {
  readonly statuses: readonly RelayStatus[];
}

const labels = ['database'] as const;

/** The relay's state as Prometheus reads it; everything is read when it is asked for. */
export function relayMetrics(relay: Source): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];

  /** What is not known is not said. */
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
  // Who does not lead knows nothing of the flow.
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
  ofEach('relay_ready', '1 while messages of the database are on their way, here or at another relay', ({ isReady }) => Number(isReady));
  ofEach('relay_refused', '1 while the broker refuses a message of the database for ever', ({ state }) => Number(state === 'refused'));
  ofEach(
    'relay_proved',
    '1 while the log is proved to have every message that is not published; 0 until what it may lack was published from the table',
    ({ isProved }) => (isProved === undefined ? undefined : Number(isProved)),
  );
  ofEach('relay_blocking_transactions', 'Open transactions that the slot waits for', (status) => status.blockingTransactions);
  total('relay_published_total', 'Messages that the broker acknowledged', ({ published }) => published);
  total('relay_backfilled_total', 'Messages published from the table because the log did not hold them', ({ backfilled }) => backfilled);
  total('relay_terms_total', 'How often this relay became the leader: first start, failovers and reconnections', ({ terms }) => terms);
  total('relay_rejected_total', 'Messages not published because the service of the database may not send them', ({ rejected }) => rejected);
  total('relay_alarms_total', 'What somebody should look at; the log says what it was', ({ alarms }) => alarms);
  ofEach(
    'relay_lag_seconds',
    'Age of the oldest commit not known to be published; while nobody can lead, since all was last known to be. Not told while another relay leads',
    ({ lagMs }) => seconds(lagMs),
  );
  flowMetrics(ofLeaders);
  return registry;
}

type Measure = (name: string, help: string, value: (flow: FlowStatus) => number | undefined) => unknown;

function flowMetrics(ofLeaders: Measure): void {
  ofLeaders('relay_slot_lag_bytes', 'Log that Postgres keeps for the relay', ({ lagBytes }) => lagBytes);
  ofLeaders('relay_heartbeat_seconds', 'How long the last heartbeat took through the log', ({ heartbeatMs }) => seconds(heartbeatMs));
  ofLeaders('relay_in_flight_bytes', 'Bytes that wait for the broker', ({ inFlightBytes }) => inFlightBytes);
  ofLeaders('relay_in_flight_messages', 'Messages that wait for the broker', ({ inFlightRecords }) => inFlightRecords);
  ofLeaders('relay_paused', '1 while reading waits for the broker', ({ isPaused }) => Number(isPaused));
  ofLeaders('relay_ack_age_seconds', 'Time since Postgres was last told of progress', ({ ackAgeMs }) => seconds(ackAgeMs));
  ofLeaders('relay_checkpoint_age_seconds', 'Time since it was last stored how far everything is published', ({ checkpointAgeMs }) =>
    seconds(checkpointAgeMs),
  );
  ofLeaders('relay_batch_messages', 'Mean messages per request to the broker', ({ meanBatchRecords }) => meanBatchRecords);
  ofLeaders('relay_produce_seconds', 'Mean duration of a request to the broker', ({ meanProduceMs }) => seconds(meanProduceMs));
}

const seconds = (milliseconds: number | undefined): number | undefined => (milliseconds === undefined ? undefined : milliseconds / 1_000);
