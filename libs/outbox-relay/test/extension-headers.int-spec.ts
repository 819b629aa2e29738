import {
  command,
  commandChannel,
  type Envelope,
  extensionHeader,
  type Handler,
  type IncomingMessage,
  jsonPayload,
  MessageConsumer,
  messagingSchemaDowngrade,
  messagingSchemaUpgrade,
  Outbox,
  PgSessions,
  Transactions,
} from '@ftgo/messaging';
import { eventually, uniqueName } from '@ftgo/testing';
import { refusal, stockReplies } from '@ftgo/testing/messaging';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RelayLab } from './relay-lab.js';

/** A separate library: messaging does not know about tenants. */
const tenant = extensionHeader({ name: 'ce_tenant', isCarried: true });
const sender = { source: '/shop', replyTo: stockReplies };

let lab: RelayLab;
let pool: pg.Pool;
let transactions: Transactions;
let outbox: Outbox;
const closing: Array<() => Promise<void>> = [];

beforeEach(async () => {
  lab = await RelayLab.open();
  pool = new pg.Pool({ connectionString: lab.database.url, pipeline: true } as pg.PoolConfig);
  transactions = new Transactions(new PgSessions(pool));
  outbox = new Outbox(transactions);
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await pool.end();
  await lab.close();
});

async function handling(handler: Handler): Promise<void> {
  const consumer = new MessageConsumer({
    broker: lab.newBroker(),
    transactions,
    outbox,
    refusal,
    logger: { log: () => undefined, warn: () => undefined, error: () => undefined },
    group: uniqueName('stock'),
    source: '/stock',
    handlers: [handler],
    replyChannels: [stockReplies],
  });
  await consumer.start();
  closing.push(() => consumer.close());
}

const sent = async (): Promise<Array<{ type: string; extensions: Envelope['extensions'] }>> =>
  (await pool.query('SELECT type, extensions FROM outbox ORDER BY position')).rows as never;

describe('an extension header', () => {
  it('is propagated to the handler, to messages that the handler sends, and to the reply', async () => {
    const commands = commandChannel(lab.topic);
    const Take = command(commands, jsonPayload<{ item: string }>('shop.v1.Take'), {
      key: ({ item }) => item,
      reply: jsonPayload('shop.v1.Taken'),
    });
    const Note = command(commands, jsonPayload<{ item: string }>('shop.v1.Note'), { key: ({ item }) => item });
    const received: IncomingMessage[] = [];
    await handling({
      kind: 'command',
      type: Take,
      name: 'Stock.take',
      handle: async (message) => {
        received.push(message);
        outbox.notify(Note, { item: 'pen' }, '/stock');
        return {};
      },
    });
    lab.relay();
    const texts = { [tenant]: 'Ännchen "7"\\', 'x-once': 'plain' };
    await transactions.run(async () => outbox.send(Take, { item: 'pen' }, { ...sender, extensions: texts }));
    await eventually(() => expect(received.map(({ extensions }) => extensions)).toEqual([{ ...texts, ce_replyto: stockReplies.topic }]));
    await eventually(async () => expect(await sent()).toHaveLength(3));
    expect((await sent()).slice(1)).toEqual([
      { type: 'shop.v1.Note', extensions: { [tenant]: texts[tenant] } },
      { type: 'shop.v1.Taken', extensions: { ...texts, ce_outcome: 'success' } },
    ]);
  });

  it.each(['ce_id', 'traceparent', 'ce_extensions', 'Ce_Tenant', 'ä', ''])('rejects the invalid name %o', async (name) => {
    const Take = command(commandChannel(lab.topic), jsonPayload<{ item: string }>('shop.v1.Take'), { key: ({ item }) => item });
    const sending = transactions.run(async () => outbox.send(Take, { item: 'pen' }, { ...sender, extensions: { [name]: 'x' } }));
    await expect(sending).rejects.toThrow(`invalid extension header '${name}'`);
    expect(await sent()).toEqual([]);
  });

  it.each(['["a"]', '{"a": 1}', '{"ce_id": "x"}', '"text"'])(
    'rejects a row whose extensions are %s, and publishes the next one',
    async (json) => {
      await lab.listen();
      const relay = lab.relay();
      const client = await lab.client();
      await lab.insert(client, [{ key: 'k', n: 1, columns: { extensions: json } }]);
      await lab.insert(client, [{ key: 'k', n: 2 }]);
      await eventually(() => expect(lab.numbers).toEqual([2]));
      expect(relay.status.rejected).toBe(1);
      expect(lab.alarms().join()).toContain('column extensions must be a JSON object of header names and strings');
    },
  );

  it('is read from log rows written before the column extensions existed', async () => {
    await lab.listen();
    const client = await lab.client();
    const first = lab.relay();
    await eventually(() => expect(first.status.state).toBe('leading'));
    await first.stop();
    for (const statement of messagingSchemaDowngrade) await client.query(statement);
    await lab.insert(client, [{ key: 'k', n: 1, columns: { saga_id: 's1', reply_to: 'replies' } }]);
    for (const statement of messagingSchemaUpgrade('ftgo_relay')) await client.query(statement);
    const second = lab.relay();
    await lab.insert(client, [{ key: 'k', n: 2, columns: { extensions: '{"ce_sagaid":"s2"}' } }]);
    await eventually(() => expect(lab.numbers).toEqual([1, 2]));
    await eventually(() => expect(second.status).toMatchObject({ state: 'leading', rejected: 0 }));
    const extensions = lab.received.map(({ headers }) => [String(headers.get('ce_sagaid')), headers.get('ce_replyto')?.toString()]);
    expect(extensions).toEqual([
      ['s1', 'replies'],
      ['s2', undefined],
    ]);
    expect(second.status.backfilled).toBe(0);
  });
});
