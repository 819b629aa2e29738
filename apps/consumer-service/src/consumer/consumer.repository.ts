import { ConsumerCreated } from '@ftgo/contracts/consumer';
import type { ConsumerId } from '@ftgo/ftgo';
import { type OccurredEvent, Outbox, occurred, Transactions } from '@ftgo/messaging';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { Any } from 'typeorm';
import { ConsumerNotFound } from './consumer.errors.js';
import { Consumer, type ConsumerEvent } from './consumer.js';

@Injectable()
export class ConsumerRepository {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly transactions: Transactions,
  ) {}

  async get(id: ConsumerId): Promise<Consumer> {
    const consumer = await this.database.manager.findOneBy<Consumer>(Consumer, { id });
    if (!consumer) throw new ConsumerNotFound(id);
    return consumer;
  }

  findAll(ids: readonly ConsumerId[], limit: number): Promise<Consumer[]> {
    return this.database.manager.find<Consumer>(Consumer, { where: { id: Any([...ids]) }, take: limit });
  }

  async save(consumer: Consumer, events: readonly ConsumerEvent[]): Promise<void> {
    consumer.version += events.length;
    await this.database.table<Consumer>(Consumer).insertNew(this.transactions.current('saving a consumer'), consumer);
    this.outbox.publish(consumer, events.map(toMessage));
  }
}

const toMessage = ({ name }: ConsumerEvent): OccurredEvent => occurred(ConsumerCreated, { name });
