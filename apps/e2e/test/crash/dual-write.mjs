// Preloaded into services, to show that the crash suite can fail: it makes each of them publish its messages itself after the
// commit, instead of through the outbox, and handle every delivery, without the inbox.
import '../../../../tools/swc-hooks.mjs';

/** Not the process that starts the others. */
const isApp = process.argv[1]?.endsWith('/src/main.ts');
if (isApp) await writeTwice();

async function writeTwice() {
  // Only now can TypeScript be loaded.
  const { Outbox, Transaction } = await import('@ftgo/messaging');
  const { openBroker } = await import('@ftgo/platform/broker');
  const kafkaBrokers = process.env.FTGO_KAFKA_BROKERS.split(',');
  const broker = await openBroker({ kafkaBrokers }, 'dual-write', () => ({ warn: () => {} }));
  const toRecord = await encoder();
  const query = Reflect.get(Transaction.prototype, 'query');
  Transaction.prototype.query = function (statement) {
    return statement.name?.startsWith('messaging-inbox-claim') ? everyIdIsNew(statement) : query.call(this, statement);
  };
  Outbox.prototype.flush = async () => {};
  const committed = Reflect.get(Outbox.prototype, 'committed');
  Outbox.prototype.committed = function (records) {
    committed.call(this, records);
    broker.publish(records.map(toRecord)).catch((error) => console.error(`not published: ${error.message}`));
  };
}

function everyIdIsNew({ values: [, ids] }) {
  const rows = ids.map((id) => ({ message_id: id, key: null }));
  return Promise.resolve({ rows, rowCount: rows.length });
}

/** Encodes a record as the relay does. */
async function encoder() {
  const { header, paddedSequence } = await import('@ftgo/messaging/broker');
  return (record) => {
    const attributes = {
      ...Object.fromEntries(Object.entries(header).map(([attribute, name]) => [name, record[attribute]])),
      [header.specVersion]: '1.0',
      [header.time]: record.time.toISOString(),
      [header.sequence]: record.sequence && paddedSequence(record.sequence),
      ...record.extensions,
    };
    const headers = Object.entries(attributes).filter(([, value]) => value !== undefined);
    return {
      topic: record.topic,
      key: Buffer.from(record.partitionKey),
      value: record.payload,
      headers: headers.map(([name, value]) => [Buffer.from(name), Buffer.from(value)]),
    };
  };
}
