import type { ConsumerId, Money, PersonName } from '@ftgo/kernel';
import { Transactions } from '@ftgo/messaging';
import { Injectable } from '@nestjs/common';
import { Consumer } from './consumer.js';
import { ConsumerRepository } from './consumer.repository.js';

@Injectable()
export class ConsumerService {
  constructor(
    private readonly transactions: Transactions,
    private readonly consumers: ConsumerRepository,
  ) {}

  createConsumer(name: PersonName): Promise<Consumer> {
    return this.transactions.run(async () => {
      const [consumer, events] = Consumer.create(name);
      await this.consumers.save(consumer, events);
      return consumer;
    });
  }

  getConsumer(id: ConsumerId): Promise<Consumer> {
    return this.consumers.get(id);
  }

  findConsumers(ids: readonly ConsumerId[]): Promise<Consumer[]> {
    return this.consumers.findAll(ids);
  }

  async validateOrder(id: ConsumerId, orderTotal: Money): Promise<void> {
    const consumer = await this.consumers.get(id);
    consumer.validateOrder(orderTotal);
  }
}
