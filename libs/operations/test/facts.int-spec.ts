import { messagingSchema } from '@ftgo/messaging';
import { memoryBroker } from '@ftgo/messaging/broker';
import { MessagingModule } from '@ftgo/messaging-nest';
import { createService, Database, DatabaseModule, type NestFastifyApplication } from '@ftgo/platform';
import { type TestDatabase, testDatabase } from '@ftgo/testing';
import { refusal } from '@ftgo/testing/messaging';
import { Injectable, Module } from '@nestjs/common';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FactRange, FactSource, OperationsModule } from '../src/index.js';

@Injectable()
class ItemFacts extends FactSource {
  readonly about = 'items';

  constructor(private readonly database: Database) {
    super();
  }

  async read({ after, until, limit }: FactRange) {
    const items = await this.database.query<{ id: number }>('SELECT id FROM items WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3', [
      after,
      until,
      limit,
    ]);
    const [{ isolation, readOnly }] = (await this.database.query(
      `SELECT current_setting('transaction_isolation') AS isolation, current_setting('transaction_read_only') AS "readOnly"`,
    )) as [{ isolation: string; readOnly: string }];
    return items.map(({ id }) => ({ id, item: { isolation, readOnly } }));
  }
}

@Module({})
class Shop {}

const broker = memoryBroker();
let database: TestDatabase;
let app: NestFastifyApplication;

beforeAll(async () => {
  database = await testDatabase({
    template: {
      name: 'facts',
      prepare: async (url) => {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        const items = ['CREATE TABLE items (id bigint PRIMARY KEY)', 'INSERT INTO items SELECT generate_series(1, 5)'];
        for (const statement of [...messagingSchema('ftgo_relay'), ...items]) await client.query(statement);
        await client.end();
      },
    },
  });
  const module = {
    module: Shop,
    imports: [
      DatabaseModule.forRoot({ url: database.url, entities: [], applicationName: 'shop' }),
      MessagingModule.forRoot({ service: 'shop', broker: broker.client(), refusal, replyChannels: [], topics: [] }),
      OperationsModule.forRoot({}),
    ],
    providers: [ItemFacts],
  };
  app = await createService(module, { name: 'shop', logLevel: 'silent' });
  await app.init();
});
afterAll(async () => {
  await app?.close();
  await broker.close();
  await database?.drop();
});

const get = async (path: string) => (await app.inject(`/operations/facts${path}`)).json<Record<string, unknown>>();
const idsOf = ({ facts }: Record<string, unknown>) => (facts as Array<{ id: number }>).map(({ id }) => id);

describe('the facts of a service', () => {
  it('are listed', async () => {
    expect(await get('')).toEqual({ about: ['items'] });
  });

  it('are paged by id, within a range', async () => {
    const first = await get('/items?limit=2');
    expect([idsOf(first), first.next]).toEqual([[1, 2], 2]);
    const last = await get('/items?after=2&until=4&limit=3');
    expect([idsOf(last), last.next]).toEqual([[3, 4], undefined]);
  });

  it('are of one moment, and reading them changes nothing', async () => {
    expect(await get('/items?limit=1')).toMatchObject({ facts: [{ id: 1, item: { isolation: 'repeatable read', readOnly: 'on' } }] });
  });

  it('are known about some things only', async () => {
    expect(await get('/planets')).toMatchObject({
      status: 404,
      code: 'FACTS_NOT_FOUND',
      detail: 'no facts about planets: expected items',
    });
  });

  it('include how far its messages have come', async () => {
    expect(await get('/flow')).toEqual({ problems: [], waitedSeconds: 0 });
    expect(await get('/messages')).toEqual({
      sent: { retained: 0, compared: 0, repeated: 0, waiting: 0 },
      received: 0,
      problems: [],
      problemCount: 0,
    });
  });
});
