import { ConsumerCreated, ConsumerErased } from '@ftgo/contracts/consumer';
import { type ConsumerId, withheldName } from '@ftgo/ftgo';
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
    const consumer = await this.database.manager.findOneBy<Consumer>(Consumer, { id, isErased: false });
    if (!consumer) throw new ConsumerNotFound(id);
    return consumer;
  }

  /** Locks the row until the transaction ends; also one that was erased. */
  async getForUpdate(id: ConsumerId): Promise<Consumer> {
    const consumer = await this.database.table<Consumer>(Consumer).lock(this.transactions.current('locking a consumer'), id);
    if (!consumer) throw new ConsumerNotFound(id);
    return consumer;
  }

  findAll(ids: readonly ConsumerId[], limit: number): Promise<Consumer[]> {
    return this.database.manager.find<Consumer>(Consumer, { where: { id: Any([...ids]), isErased: false }, take: limit });
  }

  async save(consumer: Consumer, events: readonly ConsumerEvent[]): Promise<void> {
    const transaction = this.transactions.current('saving a consumer');
    const consumers = this.database.table<Consumer>(Consumer);
    consumer.version += events.length;
    await (consumer.id === undefined ? consumers.insertNew(transaction, consumer) : consumers.update(transaction, consumer));
    this.outbox.publish(consumer, events.map(toMessage));
  }
}

const toMessage = (event: ConsumerEvent): OccurredEvent =>
  event.kind === 'ConsumerCreated' ? occurred(ConsumerCreated, { name: withheldName, owner: event.owner }) : occurred(ConsumerErased, {});
