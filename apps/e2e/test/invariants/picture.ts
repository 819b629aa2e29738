import { services, topicsSentBy } from '@ftgo/contracts/channels';
import { type RawRecord, type RunningSystem, readTopics } from '@ftgo/testing';
import type { Ftgo } from '../ftgo.js';

/** A row of an outbox; columns of text headers as text. */
export interface OutboxRow {
  readonly database: string;
  readonly position: number;
  readonly id: string;
  readonly topic: string;
  readonly partition_key: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly sequence: string | null;
  readonly time: Date;
  readonly correlation_id: string;
  readonly causation_id: string;
  readonly saga_id: string | null;
  readonly saga_step: string | null;
  readonly reply_to: string | null;
  readonly outcome: string | null;
  readonly traceparent: string | null;
  readonly tracestate: string | null;
  readonly content_type: string;
  readonly data_schema: string;
  readonly payload: Buffer;
}

export interface DeadLetterRow {
  readonly database: string;
  readonly topic: string;
  readonly partition: number;
  readonly position: string;
  readonly status: string;
  readonly error: string;
}

export interface OrderRow {
  readonly id: number;
  readonly consumer_id: number;
  readonly state: string;
  readonly total: number;
  readonly version: number;
}

export interface SagaRow {
  readonly id: string;
  readonly status: string;
  readonly step: string;
  readonly problem: string | null;
}

/** The authorisation of an order on an account. */
export interface AuthorizationRow {
  readonly order_id: number;
  readonly account_id: number;
  readonly state: string;
  readonly amount: number;
}

export interface ReplicaRow {
  readonly id: number;
  readonly sequence: number;
}

/** Everything to be compared: the databases of the services and the records of the broker. */
export interface Picture {
  readonly orders: readonly OrderRow[];
  readonly tickets: ReadonlyArray<{ readonly id: number; readonly state: string; readonly version: number }>;
  readonly authorizations: readonly AuthorizationRow[];
  readonly deliveries: ReadonlyArray<{ readonly id: number; readonly state: string }>;
  readonly sagas: readonly SagaRow[];
  readonly openDeadlines: number;
  readonly notifications: ReadonlyArray<{ readonly order_id: number; readonly kinds: string[] }>;
  readonly consumers: ReadonlySet<number>;
  readonly restaurants: ReadonlyMap<number, number>;
  readonly replicas: Readonly<Record<string, readonly ReplicaRow[]>>;
  readonly outbox: readonly OutboxRow[];
  readonly deadLetters: readonly DeadLetterRow[];
  /** Ids of messages by consumer group. */
  readonly inbox: ReadonlyMap<string, ReadonlySet<string>>;
  /** Without the records that the test planted. */
  readonly records: readonly RawRecord[];
}

const topics = [...new Set(services.flatMap((service) => [...topicsSentBy(service).keys()]))];

/** Ids and amounts as float8, which pg returns as numbers, exact up to 2^53; int would be limited to 2^31. */
const ordersWithTotals = `SELECT id::float8, consumer_id::float8, state, version,
    (SELECT sum((line->>'price')::bigint * (line->>'quantity')::int)::float8 FROM jsonb_array_elements(line_items) AS line) AS total
  FROM orders`;

/** Reads everything; the databases first, so that no message in flight seems to be missing in one of them. */
export async function takePicture(ftgo: Ftgo<RunningSystem>): Promise<Picture> {
  const { databases } = ftgo;
  const of = <Row extends object>(database: string, sql: string) => databases.rows<Row>(database, sql);
  const inAll = async <Row extends object>(sql: string) => {
    const found = await Promise.all(
      databases.names.map(async (database) => (await of<Row>(database, sql)).map((row) => ({ database, ...row }))),
    );
    return found.flat();
  };
  const [
    outbox,
    deadLetters,
    handled,
    orders,
    tickets,
    authorizations,
    deliveries,
    sagas,
    deadlines,
    notifications,
    consumers,
    restaurants,
    forOrders,
    forTickets,
  ] = await Promise.all([
    inAll<
      Omit<OutboxRow, 'database'>
    >(`SELECT *, position::float8 AS position, extensions->>'ce_sagaid' AS saga_id, extensions->>'ce_sagastep' AS saga_step,
          extensions->>'ce_replyto' AS reply_to, extensions->>'ce_outcome' AS outcome
        FROM outbox ORDER BY outbox.position`),
    inAll<Omit<DeadLetterRow, 'database'>>(`SELECT topic, partition, position, status, error FROM dead_letter`),
    inAll<{ group: string; id: string }>(`SELECT consumer_group AS "group", message_id::text AS id FROM inbox`),
    of<OrderRow>('ftgo_order', ordersWithTotals),
    of<{ id: number; state: string; version: number }>('ftgo_kitchen', 'SELECT id::float8, state, version FROM tickets'),
    of<AuthorizationRow>('ftgo_accounting', 'SELECT order_id::float8, account_id::float8, state, amount::float8 FROM authorizations'),
    of<{ id: number; state: string }>('ftgo_delivery', 'SELECT id::float8, state FROM deliveries'),
    of<SagaRow>('ftgo_order', 'SELECT id::text, status, step, problem FROM saga_instance'),
    databases.number('ftgo_order', 'SELECT count(*) AS n FROM saga_deadline'),
    of<{ order_id: number; kinds: string[] }>(
      'ftgo_consumer',
      'SELECT order_id::float8, array_agg(kind) AS kinds FROM notifications GROUP BY order_id',
    ),
    of<{ id: number }>('ftgo_consumer', 'SELECT id::float8 FROM consumers'),
    of<{ id: number; version: number }>('ftgo_restaurant', 'SELECT id::float8, version FROM restaurants'),
    of<ReplicaRow>('ftgo_order', 'SELECT id::float8, sequence::float8 FROM restaurants'),
    of<ReplicaRow>('ftgo_kitchen', 'SELECT id::float8, sequence::float8 FROM restaurants'),
  ]);
  const records = await readTopics(ftgo.system.broker, topics);
  const planted = new Set(ftgo.planted.map(placeOf));
  return {
    orders,
    tickets,
    authorizations,
    deliveries,
    sagas,
    notifications,
    outbox,
    openDeadlines: deadlines,
    consumers: new Set(consumers.map(({ id }) => id)),
    restaurants: new Map(restaurants.map(({ id, version }) => [id, version])),
    replicas: { 'order-service': forOrders, 'kitchen-service': forTickets },
    deadLetters: deadLetters.filter(({ topic, partition, position }) => !planted.has(placeOf({ topic, partition, position }))),
    inbox: new Map([...Map.groupBy(handled, ({ group }) => group)].map(([group, rows]) => [group, new Set(rows.map(({ id }) => id))])),
    records: records.filter((record) => !planted.has(placeOf(record))),
  };
}

export const placeOf = ({ topic, partition, position }: { topic: string; partition: number; position: string }): string =>
  `${topic}/${partition}/${position}`;
