import type { ConsumerId, PersonName } from '@ftgo/ftgo';
import type { Money } from '@ftgo/kernel';
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

  async validateOrder(id: ConsumerId, orderTotal: Money): Promise<void> {
    const consumer = await this.consumers.get(id);
    consumer.validateOrder(orderTotal);
  }
}
