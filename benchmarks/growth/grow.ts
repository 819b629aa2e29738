import { Client } from 'pg';

const batch = 50_000;
const publication = 'messaging_outbox';
/** The id of the first new order; the service is far from it. */
const first = 1_000_000_000;

/** A table with rows about orders, and how a copy of its rows differs from the rows of the order that is copied. */
interface Copied {
  readonly database: string;
  readonly table: string;
  /** Which rows are copied. */
  readonly where: string;
  /** The columns that differ, as expressions of `new_id`, the id of the new order. */
  readonly columns: Readonly<Record<string, string>>;
}

/** A consumer for every ten orders; none of them is a consumer of the measured orders. */
const consumer = '1000000000 + new_id / 10';

const copiesOf = (order: number): readonly Copied[] => [
  { database: 'ftgo_order', table: 'orders', where: `id = ${order}`, columns: { id: 'new_id', consumer_id: consumer } },
  { database: 'ftgo_kitchen', table: 'tickets', where: `id = ${order}`, columns: { id: 'new_id' } },
  { database: 'ftgo_delivery', table: 'deliveries', where: `id = ${order}`, columns: { id: 'new_id' } },
  {
    database: 'ftgo_accounting',
    table: 'authorizations',
    where: `order_id = ${order}`,
    columns: { order_id: 'new_id', account_id: consumer, authorization_id: '1000000000 + new_id' },
  },
  // A stream for each order instead of one for each consumer: the same number of rows.
  {
    database: 'ftgo_accounting',
    table: 'stored_event',
    where: '(stream, stream_id) = (SELECT stream, stream_id FROM stored_event ORDER BY stream, stream_id LIMIT 1)',
    columns: { stream_id: "'of-' || new_id" },
  },
  {
    database: 'ftgo_order_history',
    table: 'order_view',
    where: `order_id = ${order}`,
    columns: { order_id: 'new_id', consumer_id: consumer },
  },
  {
    database: 'ftgo_order_history',
    table: 'order_timeline',
    where: `order_id = ${order}`,
    columns: { order_id: 'new_id', event_id: "'of-' || new_id || '-' || t.n" },
  },
];

export interface Growth {
  /** URLs of the databases as the administrator, by name. */
  readonly databases: Readonly<Record<string, string>>;
  /** A finished order, whose rows are copied. */
  readonly order: number;
  readonly orders: number;
  readonly messages: number;
  readonly report: (line: string) => void;
}

/** Adds finished orders to the tables of all services, and published messages to the outbox of order-service, by SQL. */
export async function grow({ databases, order, orders, messages, report }: Growth): Promise<void> {
  for (const { database, table, where, columns } of copiesOf(order)) {
    await inDatabase(databases[database], async (run) => {
      const template = `growth_template_${table}`;
      // Only the rows that exist now, even if the copies match the condition as well.
      await run(`CREATE UNLOGGED TABLE ${template} AS SELECT * FROM ${table} WHERE ${where} LIMIT 20`);
      const copy = await copyOf(run, table, { template, columns });
      for (let from = 0; from < orders; from += batch) await run(copy(first + from, first + Math.min(from + batch, orders)));
      await run(`DROP TABLE ${template}`, `VACUUM ANALYZE ${table}`);
    });
    report(`${database}.${table} has ${orders} more orders`);
  }
  await growOutbox(databases['ftgo_order'], messages, report);
}

/** While they are inserted, the table is not in the publication: for the relay, they are older than the log. */
async function growOutbox(url: string | undefined, messages: number, report: (line: string) => void): Promise<void> {
  await inDatabase(url, async (run) => {
    const template = 'growth_template_outbox';
    await run(`CREATE UNLOGGED TABLE ${template} AS SELECT * FROM outbox LIMIT 20`);
    const [{ count = 1 } = {}] = await run(`SELECT count(*)::int AS count FROM ${template}`);
    const copy = await copyOf(run, 'outbox', { template, columns: { id: 'gen_random_uuid()', created_at: 'now()' } });
    const rowsAtOnce = Math.ceil(batch / Number(count));
    for (let done = 0; done < messages; done += rowsAtOnce * Number(count)) {
      await run(
        'BEGIN',
        `ALTER PUBLICATION ${publication} DROP TABLE outbox`,
        copy(0, rowsAtOnce),
        `ALTER PUBLICATION ${publication} ADD TABLE outbox`,
        'COMMIT',
      );
      if (done % 1_000_000 < rowsAtOnce * Number(count)) report(`ftgo_order.outbox has ${done} more messages`);
    }
    await run(`DROP TABLE ${template}`, 'VACUUM ANALYZE outbox');
  });
}

type Run = (...statements: string[]) => Promise<ReadonlyArray<Readonly<Record<string, unknown>>>>;

/** Runs statements one after the other; resolves to the rows of the last one. */
async function inDatabase(url: string | undefined, work: (run: Run) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(async (...statements) => {
      let rows: ReadonlyArray<Readonly<Record<string, unknown>>> = [];
      for (const statement of statements) ({ rows } = await client.query(statement));
      return rows;
    });
  } finally {
    await client.end();
  }
}

/** The statement that inserts copies of the template's rows, one set for each new id from `from` to before `to`. */
async function copyOf(run: Run, table: string, { template, columns }: { template: string; columns: Readonly<Record<string, string>> }) {
  const rows = await run(`SELECT column_name AS name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = '${table}' AND is_generated = 'NEVER' AND identity_generation IS DISTINCT FROM 'ALWAYS'`);
  const names = rows.map(({ name }) => String(name));
  const values = names.map((name) => columns[name] ?? `t."${name}"`);
  return (from: number, to: number) => `INSERT INTO ${table} (${names.map((name) => `"${name}"`).join(', ')})
    SELECT ${values.join(', ')} FROM generate_series(${from}::bigint, ${to - 1}) AS new_id, ${template} AS t`;
}
