// The usual polling publisher: take up to 500 unpublished rows, send them, mark them; repeat immediately while batches are full.
import { Producer } from '@platformatic/kafka';
import { Client } from 'pg';

const limit = 500;
const idleMs = 100;
const producer = new Producer({
  clientId: 'poller',
  bootstrapBrokers: [String(process.env['POLLER_BROKERS'])],
  idempotent: true,
  retryDelay: 5,
});
const client = new Client({ connectionString: process.env['POLLER_URL'] });
await client.connect();

type Row = Record<string, string | null> & { topic: string; partition_key: string; payload: Buffer; time: Date; seq: string };

const headerColumns = {
  ce_id: 'id',
  ce_type: 'type',
  ce_source: 'source',
  ce_subject: 'subject',
  ce_sequence: 'sequence',
  ce_partitionkey: 'partition_key',
  ce_dataschema: 'data_schema',
  ce_correlationid: 'correlation_id',
  ce_causationid: 'causation_id',
  traceparent: 'traceparent',
  'content-type': 'content_type',
};

function toMessage(row: Row) {
  const headers = new Map<Buffer, Buffer>([[Buffer.from('ce_specversion'), Buffer.from('1.0')]]);
  for (const [header, column] of Object.entries(headerColumns)) {
    const value = row[column];
    if (value !== null && value !== undefined) headers.set(Buffer.from(header), Buffer.from(value));
  }
  headers.set(Buffer.from('ce_time'), Buffer.from(row.time.toISOString()));
  return { topic: row.topic, key: Buffer.from(row.partition_key), value: row.payload, headers };
}

async function poll(): Promise<number> {
  await client.query('BEGIN');
  const { rows } = await client.query<Row>({
    name: 'next',
    text: 'SELECT * FROM outbox_poll WHERE NOT published ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED',
    values: [limit],
  });
  if (rows.length > 0) {
    await producer.send({ messages: rows.map(toMessage) });
    await client.query({
      name: 'mark',
      text: 'UPDATE outbox_poll SET published = true WHERE seq = ANY($1)',
      values: [rows.map(({ seq }) => seq)],
    });
  }
  await client.query('COMMIT');
  return rows.length;
}

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stopping.abort());
while (!stopping.signal.aborted) {
  const published = await poll();
  if (published < limit) await new Promise((resolve) => setTimeout(resolve, idleMs));
}
await producer.close();
await client.end();
