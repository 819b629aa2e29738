import type { ConsumerId, PersonName } from '@ftgo/ftgo';
import type { Money } from '@ftgo/kernel';
import { Transactions } from '@ftgo/messaging';
import { type Operator, type OperatorAction, OperatorActions } from '@ftgo/messaging/operations';
import { Access, batchOf, IdempotentRequests, maxBatch } from '@ftgo/platform';
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
    private readonly transactions: Transactions,
    private readonly actions: OperatorActions,
  ) {}

  createConsumer(name: PersonName): Promise<ConsumerId> {
    return this.requests.once('createConsumer', { name }, async () => {
      const [consumer, events] = Consumer.create(name);
      await this.consumers.save(consumer, events);
      return consumer.id;
    });
  }

  async getConsumer(id: ConsumerId): Promise<Consumer> {
    this.access.demand({ consumer: id }, () => new ConsumerNotFound(id));
    return this.consumers.get(id);
  }

  async findConsumers(ids: readonly ConsumerId[]): Promise<Consumer[]> {
    const consumers = batchOf(await this.consumers.findAll(ids, maxBatch + 1));
    return consumers.filter(({ id }) => this.access.allows({ consumer: id }));
  }

  /** Erases a consumer's personal data; the other services follow when they receive ConsumerErased. Resolves to the record of it. */
  eraseConsumer(id: ConsumerId, operator: Operator, reason: string): Promise<OperatorAction[]> {
    const subject = `consumer/${id}`;
    return this.transactions.run(async (transaction) => {
      const consumer = await this.consumers.getForUpdate(id);
      const events = consumer.erase();
      if (events.length > 0) {
        await this.consumers.save(consumer, events);
        await this.actions.record(transaction, operator, { action: 'consumer.erase', subjects: [subject], reason });
      }
      return await this.actions.list({ subject });
    });
  }

  async validateOrder(id: ConsumerId, orderTotal: Money): Promise<void> {
    const consumer = await this.consumers.get(id);
    consumer.validateOrder(orderTotal);
  }
}
