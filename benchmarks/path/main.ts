/**
 * The files and lines of this repository that one message runs through, from the outbox to the end of its handling, by V8's
 * coverage. Sender, relay and consumer all run in this process. `npm run bench -- path [kafka|memory] [--files]`
 */
import { subscribe } from 'node:diagnostics_channel';
import {
  event,
  eventChannel,
  jsonPayload,
  MessageConsumer,
  messagingSchema,
  Outbox,
  occurred,
  PgSessions,
  Transactions,
} from '@ftgo/messaging';
import { type Broker, memoryBroker } from '@ftgo/messaging/broker';
import { kafkaBroker } from '@ftgo/messaging-kafka';
import { DatabaseRelay } from '@ftgo/outbox-relay';
import { createTopic, eventually, testDatabase, testKafka, uniqueName } from '@ftgo/testing';
import { refusal } from '@ftgo/testing/messaging';
import { Pool } from 'pg';
import { table, thousands } from '../report.js';
import { type CoveredFile, coverageOf } from './coverage.js';

const [brokerName = 'kafka'] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
/** Warm-up messages, so that connections, caches and prepared statements exist. */
const warmUps = 10;
const measured = 20;

const topic = uniqueName('path');
const database = await testDatabase();
const pool = new Pool({ connectionString: database.url, pipeline: true } as ConstructorParameters<typeof Pool>[0]);
for (const statement of messagingSchema('ftgo_relay')) await pool.query(statement);
const transactions = new Transactions(new PgSessions(pool));
const brokers = await brokersNamed(brokerName);
const logger = { log: () => undefined, warn: console.warn, error: console.error };
const relay = new DatabaseRelay({ url: database.relayUrl, broker: brokers.ofRelay, logger });
const outbox = new Outbox(transactions);
const Changed = event(eventChannel(topic, { source: '/price-service/prices' }), jsonPayload<{ cents: number }>('bench.v1.Changed'));
const consumer = new MessageConsumer({
  broker: brokers.ofConsumer,
  transactions,
  group: uniqueName('path'),
  handlers: [{ kind: 'event', type: Changed, name: 'bench', handle: () => Promise.resolve() }],
  replyChannels: [],
  refusal,
  source: '/bench',
  outbox,
  logger,
});
relay.start();
await consumer.start();
await eventually(() => {
  if (relay.status.state !== 'leading' || !consumer.caughtUp('event'))
    throw new Error('the relay does not lead, or the consumer has no partition');
});
let sent = 0;
let nextHandled: () => void = () => undefined;
subscribe('messaging.inbox.handled', () => nextHandled());
for (let n = 0; n < warmUps; n++) await sendOne();
report(await coverageOf(sendOne, measured));
process.exit(0);

/** Resolves when the transaction of the inbox has committed, before the offset is committed. */
async function sendOne(): Promise<void> {
  const version = ++sent;
  const handled = new Promise<void>((resolve) => {
    nextHandled = resolve;
  });
  await transactions.run(async () => outbox.publish({ id: 1, version }, [occurred(Changed, { cents: version })]));
  await handled;
}

async function brokersNamed(name: string): Promise<{ ofRelay: Broker; ofConsumer: Broker }> {
  if (name === 'memory') {
    const broker = memoryBroker();
    await broker.ensureTopics([{ topic, partitions: 1 }]);
    return { ofRelay: broker, ofConsumer: broker.client() };
  }
  if (name !== 'kafka') throw new Error(`unknown broker '${name}': expected kafka or memory`);
  const kafka = await testKafka();
  await createTopic(kafka.brokers, topic, 1);
  const client = (clientId: string) => kafkaBroker({ brokers: kafka.brokers.split(','), clientId });
  return { ofRelay: client('relay'), ofConsumer: client('consumer') };
}

function report(files: readonly CoveredFile[]): void {
  const sum = (of: readonly CoveredFile[], lines: 'lines' | 'linesRun') => thousands(of.reduce((total, each) => total + each[lines], 0));
  const row = (name: string, of: readonly CoveredFile[]) => [name, of.length, sum(of, 'lines'), sum(of, 'linesRun')];
  const packages = Map.groupBy(files, ({ file }) => file.split('/').slice(0, 2).join('/'));
  console.log(
    `one event from the outbox to the end of its handling, through ${brokerName}; files in which a function ran for every message`,
  );
  console.log(
    table(['package', 'files', 'lines', 'of functions that ran'], [...[...packages].map(([name, of]) => row(name, of)), row('all', files)]),
  );
  if (!process.argv.includes('--files')) return;
  console.log(
    table(
      ['file', 'lines', 'of functions that ran'],
      files.map(({ file, lines, linesRun }) => [file, lines, linesRun]),
    ),
  );
}
