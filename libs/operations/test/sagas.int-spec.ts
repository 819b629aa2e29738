import { randomUUID } from 'node:crypto';
import { messagingSchema, Transactions } from '@ftgo/messaging';
import { memoryBroker } from '@ftgo/messaging/broker';
import { MessagingModule } from '@ftgo/messaging-nest';
import { createService, DatabaseModule, type NestFastifyApplication } from '@ftgo/platform';
import { Sagas, saga, sagaRetentionSchema, sagaSchema, sagaStarterSchema } from '@ftgo/sagas';
import { SagasModule } from '@ftgo/sagas/nest';
import { type TestDatabase, testDatabase } from '@ftgo/testing';
import { refusal, stockReplies, TakeStock } from '@ftgo/testing/messaging';
import { Injectable, Module } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperationsModule } from '../src/index.js';
import { SagaOperationsModule } from '../src/sagas/index.js';
import { withStatements } from './price-list.js';

interface Sale {
  readonly item: string;
}

@Injectable()
class Sales {
  readonly cancelled: string[] = [];

  cancel(item: string): void {
    this.cancelled.push(item);
  }
}

// biome-ignore format: a line a step
const sell = saga<Sale>('sell', { version: 1, replies: stockReplies })
  .step('note sale').done()                                               .undo(Sales, (sales, { item }) => sales.cancel(item))
  .step('try stock').invoke(TakeStock, ({ item }) => ({ item, quantity: 0 }))
  .step('take stock').invoke(TakeStock, ({ item }) => ({ item, quantity: 1 })).pivot().sendAgainWhenInDoubt()
  .build();

@Module({})
class ShopModule {}

let database: TestDatabase;
let app: NestFastifyApplication;

beforeAll(async () => {
  const statements = [...messagingSchema('ftgo_relay'), ...sagaSchema(), ...sagaRetentionSchema(), ...sagaStarterSchema()];
  database = await testDatabase({ template: { name: 'saga_operations', prepare: (url) => withStatements(url, statements) } });
  const topics = [stockReplies, TakeStock.channel].map(({ topic }) => ({ topic, partitions: 1 }));
  const broker = memoryBroker();
  const module = {
    module: ShopModule,
    imports: [
      DatabaseModule.forRoot({ url: database.url, entities: [], applicationName: 'shop' }),
      MessagingModule.forRootAsync({
        useFactory: () => ({ service: 'shop', broker: broker.client(), refusal, replyChannels: [stockReplies], topics }),
      }),
      OperationsModule.forRoot({}),
      SagaOperationsModule,
      SagasModule.forRoot({ service: 'shop', sagas: [sell], refusal }),
    ],
    providers: [Sales],
  };
  app = await createService(module, { name: 'shop', logLevel: 'silent' });
  await app.init();
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

/** A sale that waits for the stock, which does not reply. */
const waiting = (item = 'pen'): Promise<string> => app.get(Transactions).run(() => app.get(Sagas).start(sell, { item }));

const olga = { by: 'olga', reason: 'the stock is fixed' };
const act = async (path: string, payload: object = olga, remoteAddress = '127.0.0.1') =>
  (await app.inject({ method: 'POST', url: `/operations/sagas/${path}`, payload, remoteAddress })).json<object>();
const shown = async (id: string) => (await app.inject(`/operations/sagas/${id}`)).json<object>();
const unpublished = async () => (await app.inject('/operations/outbox')).json<{ unpublished: number }>().unpublished;

/** How the history shows an act. */
const recorded = (event: string, step: string) =>
  expect.arrayContaining([expect.objectContaining({ event, step, operator: olga.by, detail: olga.reason })]) as unknown;

describe('an operator of a service with sagas', () => {
  it('retries a step, whose command is sent again', async () => {
    const id = await waiting();
    const before = await unpublished();
    const saga = await act(`${id}/retry`);
    expect(saga).toMatchObject({ id, status: 'RUNNING', step: 'try stock', history: recorded('retried-by-operator', 'try stock') });
    expect(await unpublished()).toBe(before + 1);
  });

  it('skips the step that was shown, once, however often the request is sent', async () => {
    const id = await waiting();
    const skip = { ...olga, step: 'try stock' };
    const saga = await act(`${id}/skip`, skip);
    expect(saga).toMatchObject({ status: 'RUNNING', step: 'take stock', history: recorded('skipped-by-operator', 'try stock') });
    expect(await act(`${id}/skip`, skip)).toMatchObject({ status: 409, code: 'SAGA_ACT_NOT_POSSIBLE' });
    expect(await shown(id)).toEqual(saga);
  });

  it('has a saga compensated before its pivot', async () => {
    const id = await waiting('cap');
    expect(await act(`${id}/compensate`)).toMatchObject({
      status: 'ROLLED_BACK',
      refusal: { code: 'UNDONE_BY_OPERATOR', detail: olga.reason },
      history: recorded('compensated-by-operator', 'try stock'),
    });
    expect(app.get(Sales).cancelled).toEqual(['cap']);
  });

  it('cannot have a saga compensated whose pivot may have happened', async () => {
    const id = await waiting('bag');
    await act(`${id}/skip`, { ...olga, step: 'try stock' });
    expect(await act(`${id}/compensate`)).toMatchObject({
      status: 409,
      code: 'SAGA_ACT_NOT_POSSIBLE',
      detail: expect.stringContaining('never undone when in doubt') as string,
    });
    expect(app.get(Sales).cancelled).not.toContain('bag');
  });

  it.each(['COMPLETED', 'ROLLED_BACK'])('resolves a saga by hand as %s, which ends it', async (status) => {
    const id = await waiting();
    const saga = await act(`${id}/resolve`, { ...olga, status });
    expect(saga).toMatchObject({ status, endedAt: expect.any(String) as string, history: recorded('resolved-by-operator', 'try stock') });
    expect(await act(`${id}/retry`)).toMatchObject({ status: 409, code: 'SAGA_ACT_NOT_POSSIBLE' });
    expect(await shown(id)).toEqual(saga);
  });

  it.each([
    ['no reason', 'retry', { by: 'olga' }, '/reason'],
    ['no name', 'compensate', { reason: 'fixed' }, '/by'],
    ['no step', 'skip', olga, '/step'],
    ['a status that does not end a saga', 'resolve', { ...olga, status: 'RUNNING' }, '/status'],
  ])('is rejected with what is missing: %s', async (_, name, payload, pointer) => {
    const id = await waiting();
    const before = await shown(id);
    expect(await act(`${id}/${name}`, payload)).toMatchObject({ status: 400, errors: [{ pointer }] });
    expect(await shown(id)).toEqual(before);
  });

  it('gets 404 for a saga that does not exist', async () => {
    expect(await act(`${randomUUID()}/retry`)).toMatchObject({ status: 404, code: 'SAGA_NOT_FOUND' });
  });

  it('acts from the same machine only', async () => {
    const id = await waiting();
    const before = await shown(id);
    expect(await act(`${id}/resolve`, { ...olga, status: 'COMPLETED' }, '192.0.2.7')).toMatchObject({
      status: 403,
      code: 'OPERATIONS_CLOSED',
    });
    expect(await shown(id)).toEqual(before);
  });
});
