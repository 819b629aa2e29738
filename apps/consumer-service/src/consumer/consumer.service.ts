import { type ConsumerId, consumerId, type PersonName } from '@ftgo/ftgo';
import type { Money } from '@ftgo/kernel';
import { ConcurrentUpdate, Transactions } from '@ftgo/messaging';
import { type Operator, type OperatorAction, OperatorActions } from '@ftgo/messaging/operations';
import { Access, batchOf, IdempotentRequests, maxBatch, Ownership } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { ConsumerNotFound } from './consumer.errors.js';
import { Consumer } from './consumer.js';
import { ConsumerRepository } from './consumer.repository.js';

@Injectable()
export class ConsumerService {
  constructor(
    private readonly requests: IdempotentRequests,
    private readonly consumers: ConsumerRepository,
    private readonly access: Access,
    private readonly ownership: Ownership,
    private readonly transactions: Transactions,
    private readonly actions: OperatorActions,
  ) {}

  /** The consumer belongs to the caller, unless an operator creates it. A person has one consumer: a second request returns its id. */
  createConsumer(name: PersonName): Promise<ConsumerId> {
    const { owner } = this.access;
    return this.requests.once('createConsumer', { name }, async () => {
      const [own] = await this.access.idsOf('consumer');
      if (own !== undefined) return consumerId(own);
      const [consumer, events] = Consumer.create(name, owner);
      await this.consumers.save(consumer, events);
      if (owner !== undefined) await this.assign(consumer.id, owner);
      return consumer.id;
    });
  }

  async getConsumer(id: ConsumerId): Promise<Consumer> {
    await this.access.demand({ consumer: id }, () => new ConsumerNotFound(id));
    return this.consumers.get(id);
  }

  async findConsumers(ids: readonly ConsumerId[]): Promise<Consumer[]> {
    const consumers = batchOf(await this.consumers.findAll(ids, maxBatch + 1));
    return this.access.own(consumers, ({ id }) => ({ consumer: id }));
  }

  /** Erases a consumer's personal data; the other services follow when they receive ConsumerErased. Resolves to the record of it. */
  eraseConsumer(id: ConsumerId, operator: Operator, reason: string): Promise<OperatorAction[]> {
    const subject = `consumer/${id}`;
    return this.transactions.run(async (transaction) => {
      const consumer = await this.consumers.getForUpdate(id);
      const events = consumer.erase();
      if (events.length > 0) {
        await this.consumers.save(consumer, events);
        await this.ownership.release({ kind: 'consumer', id }); // so that the person can have a consumer again
        await this.actions.record(transaction, operator, { action: 'consumer.erase', subjects: [subject], reason });
      }
      return await this.actions.list({ subject });
    });
  }

  async validateOrder(id: ConsumerId, orderTotal: Money): Promise<void> {
    const consumer = await this.consumers.get(id);
    consumer.validateOrder(orderTotal);
  }

  /** An index allows one consumer for each principal, even when two are created at the same time. */
  private async assign(id: ConsumerId, owner: string): Promise<void> {
    const isFirst = await this.ownership.assignNew({ kind: 'consumer', id }, owner);
    if (!isFirst) throw new ConcurrentUpdate(`another request is creating the consumer of ${owner}`);
  }
}
