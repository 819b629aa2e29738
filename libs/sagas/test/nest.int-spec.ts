import { Outbox, Transactions } from '@ftgo/messaging';
import { memoryBroker } from '@ftgo/messaging/broker';
import { HandlesCommand, MessagingModule } from '@ftgo/messaging-nest';
import { eventually } from '@ftgo/testing';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SagaOperations, Sagas } from '../src/index.js';
import { ParticipantModule, SagasModule } from '../src/nest/index.js';
import { recordOf } from './hand-broker.js';
import { type About, CheckCustomer, Orders, Pay, placed, placeOrderSaga, Reserve, refusalType, replies, Ship } from './shop.js';
import { SagaWorld } from './world.js';

let world: SagaWorld;
beforeAll(async () => {
  world = await SagaWorld.open();
});
afterAll(() => world.close());

const carriedOut: string[] = [];

@Injectable()
class Participants {
  @HandlesCommand(CheckCustomer)
  async check({ orderId }: About): Promise<void> {
    carriedOut.push(`check ${orderId}`);
  }

  @HandlesCommand(Reserve)
  async reserve({ items }: { items: number }): Promise<{ shelf: string }> {
    return { shelf: `A${items}` };
  }

  @HandlesCommand(Pay)
  async pay({ cents }: { cents: number }): Promise<{ receipt: number }> {
    return { receipt: cents };
  }

  @HandlesCommand(Ship)
  async ship({ orderId }: About): Promise<void> {
    carriedOut.push(`ship ${orderId}`);
  }
}

@Injectable()
class ShopOrders extends Orders {
  async approve(orderId: number, receipt: number | undefined): Promise<void> {
    carriedOut.push(`approve ${orderId} for ${receipt}`);
  }

  async reject(): Promise<void> {}
}

function application(orders: boolean) {
  const broker = memoryBroker();
  @Module({
    providers: [
      { provide: Transactions, useValue: world.transactions },
      { provide: Outbox, useValue: world.outbox },
    ],
    exports: [Transactions, Outbox],
  })
  class Database {}
  const topics = [replies, CheckCustomer.channel, Ship.channel].map(({ topic }) => ({ topic, partitions: 2 }));
  return {
    broker,
    module: Test.createTestingModule({
      imports: [
        { module: Database, global: true },
        MessagingModule.forRootAsync({
          useFactory: () => ({ service: 'shop', broker: broker.client(), refusal: refusalType, replyChannels: [replies], topics }),
        }),
        SagasModule.forRootAsync({ useFactory: () => ({ service: 'shop', sagas: [placeOrderSaga], refusal: refusalType, pollMs: 20 }) }),
        ParticipantModule.forRoot({ refusal: refusalType }),
      ],
      providers: [Participants, ...(orders ? [{ provide: Orders, useClass: ShopOrders }] : [])],
    }).compile(),
  };
}

describe('a Nest application', () => {
  it('connects sagas, participants and local steps', async () => {
    const { broker, module } = application(true);
    const app = await (await module).init();
    const id = await world.transactions.run(() => app.get(Sagas).start(placeOrderSaga, { ...placed, orderId: 4711 }));
    await eventually(async () => {
      const records = (await world.sent()).map(recordOf).map(({ topic, key, value, headers }) => ({
        topic,
        key: key as Buffer,
        value: value as Buffer,
        headers: [...headers].map(([name, bytes]) => [Buffer.from(name), bytes] as const),
      }));
      await broker.publish(records);
      expect((await app.get(SagaOperations).show(id)).status).toBe('COMPLETED');
    });
    expect(carriedOut).toEqual(['check 4711', 'ship 4711', 'approve 4711 for 6170']);
    expect(await world.rows('SELECT FROM saga_runner')).toHaveLength(1);
    await app.close();
    expect(await world.rows('SELECT FROM saga_runner')).toHaveLength(0);
  });

  it('deletes sagas that ended long ago, and old replies', async () => {
    const id = await world.start(placeOrderSaga, { ...placed, orderId: 4712 });
    await world.settle();
    await world.rows(`UPDATE saga_instance SET ended_at = ended_at - interval '31 days' WHERE id = $1`, [id]);
    await world.rows(`UPDATE saga_answer SET answered_at = answered_at - interval '31 days' WHERE saga_id = $1`, [id]);
    const app = await (await application(true).module).init();
    await eventually(async () => {
      expect(await world.rows('SELECT FROM saga_instance WHERE id = $1', [id])).toEqual([]);
      expect(await world.rows('SELECT FROM saga_answer WHERE saga_id = $1', [id])).toEqual([]);
    });
    await app.close();
  });

  it('does not start if a saga’s service has no provider', async () => {
    const app = await application(false).module;
    await expect(app.init()).rejects.toThrow('saga "place-order" version 1 needs Orders, which has no provider');
    await app.close().catch(() => undefined);
  });
});
