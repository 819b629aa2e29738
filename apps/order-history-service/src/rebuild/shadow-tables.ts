import { setTimeout as pause } from 'node:timers/promises';
import { orderHistoryEvents, restaurantEvents } from '@ftgo/contracts/channels';
import { type Transaction, Transactions } from '@ftgo/messaging';
import type { ReceivedRecord } from '@ftgo/messaging/broker';
import type { StruckMessage } from '@ftgo/messaging/operations';
import { Injectable } from '@nestjs/common';
import type { StoredEntry } from '../history/timeline.js';
import { TimelinePublisher } from '../history/timeline.publisher.js';

export const shadowSchema = 'rebuild';

/** In the order in which every transaction locks them. */
const tables = ['order_view', 'order_timeline', 'restaurants'] as const;

/** How long the service's writers may be blocked: well below their timeout of 15 s. */
const patienceMs = 3_000;
const lookAgainMs = 50;
const ordersAtOnce = 5_000;

/** The rebuilt view does not have everything that the served one has. */
export class NotCaughtUp extends Error {
  constructor(readonly missing: number) {
    super(`the rebuilt view lags behind the served one for ${missing} ${missing === 1 ? 'order or restaurant' : 'orders or restaurants'}`);
    this.name = 'NotCaughtUp';
  }
}

/** The tables of a view that is being rebuilt, next to the served ones. */
@Injectable()
export class ShadowTables {
  constructor(
    private readonly transactions: Transactions,
    private readonly timeline: TimelinePublisher,
  ) {}

  /** Deletes the served rows that these messages have changed: the rebuild creates them again. In the open transaction. */
  async forget(struck: readonly StruckMessage[]): Promise<void> {
    const restaurants = struck.filter(({ topic }) => topic === restaurantEvents.topic).map(({ subject }) => subject);
    await this.transactions.current('forgetting struck messages').query({
      text: `WITH forgotten AS (
          DELETE FROM order_view WHERE order_id IN (SELECT order_id FROM order_timeline WHERE event_id = ANY ($1::text[])) RETURNING order_id
        ), restaurant AS (DELETE FROM restaurants WHERE id::text = ANY ($2::text[]))
        DELETE FROM order_timeline WHERE order_id IN (SELECT order_id FROM forgotten)`,
      values: [struck.map(({ id }) => id), restaurants],
    });
  }

  /** Creates them empty, and drops those of an unfinished rebuild. Resolves to the number of this generation. */
  make(): Promise<number> {
    return this.transactions.run(async (transaction) => {
      await run(transaction, `DROP SCHEMA IF EXISTS ${shadowSchema} CASCADE`, `CREATE SCHEMA ${shadowSchema}`);
      for (const table of tables) {
        await run(transaction, `CREATE TABLE ${shadowSchema}.${table} (LIKE public.${table} INCLUDING ALL EXCLUDING INDEXES)`);
        await copyIndexes(transaction, table);
      }
      await run(
        transaction,
        `CREATE TABLE ${shadowSchema}.superseded (message_id uuid PRIMARY KEY)`,
        `CREATE TABLE ${shadowSchema}.view_position (topic text, partition integer, last_position text NOT NULL, PRIMARY KEY (topic, partition))`,
      );
      const { rows } = await transaction.query<{ generation: number }>({ text: `SELECT nextval('public.view_generation') AS generation` });
      return Number(rows[0]?.generation);
    });
  }

  /** Lets the service's own handlers find these tables, and no served one, until the transaction ends. */
  async use(transaction: Transaction): Promise<void> {
    await run(transaction, `SET LOCAL search_path = ${shadowSchema}`);
  }

  /** Remembers which of the applied messages have a dead letter. */
  async noteApplied(transaction: Transaction, group: string, messageIds: readonly string[]): Promise<void> {
    await transaction.query({
      text: `INSERT INTO ${shadowSchema}.superseded SELECT message_id FROM public.dead_letter
        WHERE consumer_group = $1 AND message_id = ANY ($2::uuid[]) AND status IN ('dead', 'parked') ON CONFLICT DO NOTHING`,
      values: [group, messageIds],
    });
  }

  /** The position of the last record of a partition that the tables contain; undefined if there is none. */
  async lastPosition(transaction: Transaction, topic: string, partition: number): Promise<string | undefined> {
    const { rows } = await transaction.query<{ last: string }>({
      text: `SELECT last_position AS last FROM ${shadowSchema}.view_position WHERE topic = $1 AND partition = $2`,
      values: [topic, partition],
    });
    return rows[0]?.last;
  }

  async setLastPosition(transaction: Transaction, { topic, partition, position }: ReceivedRecord): Promise<void> {
    await transaction.query({
      text: `INSERT INTO ${shadowSchema}.view_position VALUES ($1, $2, $3)
        ON CONFLICT (topic, partition) DO UPDATE SET last_position = excluded.last_position`,
      values: [topic, partition, position],
    });
  }

  /** The number of events in the rebuilt timeline and in the served one. */
  async progress(): Promise<{ rebuilt: number; served: number }> {
    const { rows } = await this.transactions.run((transaction) =>
      transaction.query<{ rebuilt: number; served: number }>({
        text: `SELECT (SELECT coalesce(sum(timeline_length), 0)::bigint FROM ${shadowSchema}.order_view) AS rebuilt,
          (SELECT coalesce(sum(timeline_length), 0)::bigint FROM public.order_view) AS served`,
      }),
    );
    return rows[0] ?? { rebuilt: 0, served: 0 };
  }

  /**
   * Gives each event the number under which clients have seen it, although this rebuild read the topics in another order;
   * new events follow. Most of it is done before the swap, some orders at a time, so that little is left for the swap.
   */
  async keepNumbers(): Promise<void> {
    const { rows } = await this.transactions.run((transaction) =>
      transaction.query<{ last: number }>({ text: `SELECT coalesce(max(order_id), 0) AS last FROM ${shadowSchema}.order_view` }),
    );
    const last = Number(rows[0]?.last);
    for (let first = 0; first <= last; first += ordersAtOnce) {
      await this.transactions.run((transaction) => run(transaction, ...renumber(`BETWEEN ${first} AND ${first + ordersAtOnce - 1}`)));
    }
  }

  /**
   * Replaces the served tables with the rebuilt ones; throws NotCaughtUp and changes nothing if the rebuilt ones lag
   * behind. During the swap the service can read but not write: an event that it applied and that is missing here would
   * be lost, since the service does not receive it again. An event that is here and that the service has not received yet
   * is ignored as old when it arrives; its entry is published here. Dead letters that the rebuilt tables have made superfluous are superseded.
   */
  swap(supersede: (messageIds: readonly string[]) => Promise<void>, pauseRebuild: () => Promise<void>): Promise<void> {
    return this.transactions.run(async (transaction) => {
      const { rows } = await transaction.query<{ id: string }>({ text: `SELECT message_id AS id FROM ${shadowSchema}.superseded` });
      // First, because a consumer locks a dead letter before the view.
      await supersede(rows.map(({ id }) => id));
      const served = tables.map((table) => `public.${table}`).join(', ');
      await run(
        transaction,
        `SET LOCAL lock_timeout = '2s'`,
        // A writer that waits for longer than 15 s would report a failed event. PostgreSQL 15 and 16 can limit only each
        // statement.
        `SELECT set_config(CASE WHEN EXISTS (SELECT FROM pg_settings WHERE name = 'transaction_timeout')
          THEN 'transaction_timeout' ELSE 'statement_timeout' END, '8s', true)`,
        `LOCK TABLE ${served} IN SHARE ROW EXCLUSIVE MODE`,
      );
      await untilNothingIsMissing(transaction);
      await pauseRebuild();
      await run(transaction, ...renumber(renumbered));
      const { rows: added } = await transaction.query<StoredEntry>({ text: addedByRebuild, values: [orderHistoryEvents.topic] });
      for (const entry of added) this.timeline.publish(entry, transaction);
      await run(transaction, `LOCK TABLE ${served} IN ACCESS EXCLUSIVE MODE`);
      await run(transaction, ...tables.map((table) => `DROP TABLE public.${table}`));
      await run(transaction, ...tables.map((table) => `ALTER TABLE ${shadowSchema}.${table} SET SCHEMA public`));
      await run(transaction, `DROP SCHEMA ${shadowSchema} CASCADE`);
    });
  }

  /** New tables have no planner statistics. */
  async analyze(): Promise<void> {
    await this.transactions.run((transaction) => run(transaction, ...tables.map((table) => `ANALYZE public.${table}`)));
  }
}

async function run(transaction: Transaction, ...statements: readonly string[]): Promise<void> {
  for (const text of statements) await transaction.query({ text });
}

/** Keeps the index names, unlike LIKE: later migrations may refer to them. */
async function copyIndexes(transaction: Transaction, table: string): Promise<void> {
  const { rows } = await transaction.query<{ name: string; definition: string; isKey: boolean }>({
    text: `SELECT index.relname AS name, pg_get_indexdef(index.oid) AS definition, indisprimary AS "isKey"
      FROM pg_index JOIN pg_class AS index ON index.oid = indexrelid WHERE indrelid = $1::regclass`,
    values: [`public.${table}`],
  });
  for (const { name, definition, isKey } of rows) {
    await run(transaction, definition.replace(` ON public.${table} `, ` ON ${shadowSchema}.${table} `));
    if (isKey) await run(transaction, `ALTER TABLE ${shadowSchema}.${table} ADD CONSTRAINT ${name} PRIMARY KEY USING INDEX ${name}`);
  }
}

async function untilNothingIsMissing(transaction: Transaction): Promise<void> {
  for (const until = performance.now() + patienceMs; ; await pause(lookAgainMs)) {
    const { rows } = await transaction.query<{ missing: number }>({ text: missing });
    const count = Number(rows[0]?.missing);
    if (count === 0) return;
    if (performance.now() > until) throw new NotCaughtUp(count);
  }
}

const missing = `SELECT
  (SELECT count(*) FROM public.order_view AS served LEFT JOIN ${shadowSchema}.order_view AS rebuilt USING (order_id)
    WHERE EXISTS (SELECT FROM jsonb_each_text(served.seen) AS known(source, sequence)
      WHERE known.sequence::bigint > coalesce((rebuilt.seen ->> known.source)::bigint, 0))) +
  (SELECT count(*) FROM public.restaurants AS served LEFT JOIN ${shadowSchema}.restaurants AS rebuilt USING (id)
    WHERE served.sequence > coalesce(rebuilt.sequence, 0)) AS missing`;

/** In two steps, because two events of an order must never have the same number, even temporarily. */
const renumber = (orders: string): string[] => [
  `UPDATE ${shadowSchema}.order_timeline AS entry SET n = -wanted.n
    FROM (SELECT rebuilt.order_id, rebuilt.n AS now,
        row_number() OVER (PARTITION BY rebuilt.order_id ORDER BY served.n NULLS LAST, rebuilt.n) AS n
      FROM ${shadowSchema}.order_timeline AS rebuilt LEFT JOIN public.order_timeline AS served
        ON (served.order_id, served.source, served.sequence) = (rebuilt.order_id, rebuilt.source, rebuilt.sequence)
      WHERE rebuilt.order_id ${orders}) AS wanted
    WHERE entry.order_id = wanted.order_id AND entry.n = wanted.now AND wanted.now <> wanted.n`,
  `UPDATE ${shadowSchema}.order_timeline SET n = -n WHERE n < 0`,
];

/** The orders in which an event has another number than in the served view. */
const renumbered = `IN (SELECT rebuilt.order_id FROM ${shadowSchema}.order_timeline AS rebuilt
  JOIN public.order_timeline AS served USING (order_id, n)
  WHERE (rebuilt.source, rebuilt.sequence) <> (served.source, served.sequence))`;

/** The entries of events that the rebuild has read before the service; not those that were published and then deleted by hand. */
const addedByRebuild = `SELECT rebuilt.order_id AS "orderId", rebuilt.n, rebuilt.event, rebuilt.occurred_at AS at, rebuilt.details, rebuilt.actor
  FROM ${shadowSchema}.order_view AS view LEFT JOIN public.order_view AS known USING (order_id)
  JOIN ${shadowSchema}.order_timeline AS rebuilt ON rebuilt.order_id = view.order_id AND rebuilt.n > coalesce(known.timeline_length, 0)
  WHERE view.timeline_length > coalesce(known.timeline_length, 0) AND NOT EXISTS (SELECT FROM public.outbox AS sent
    WHERE sent.topic = $1 AND sent.subject = rebuilt.order_id::text AND sent.sequence = lpad(rebuilt.n::text, 20, '0'))
  ORDER BY rebuilt.order_id, rebuilt.n`;
