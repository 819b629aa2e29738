import type { BrokerAt } from '@ftgo/testing';
import { PlayedServices, publishers } from '@ftgo/testing/services';

/** The services whose events Delivery handles. */
type Publisher = 'order' | 'kitchen' | 'restaurant';

/** Plays Order, Kitchen and Restaurant. */
export class OtherServices extends PlayedServices {
  private readonly sequences = new Map<string, number>();

  constructor(at: BrokerAt) {
    super(at, { publishers: ['order', 'kitchen', 'restaurant'], read: [publishers.delivery.topic, 'ftgo.delivery.positions'] });
  }

  /** Publishes the next event of an order, a ticket or a restaurant; the same `messageId` again makes a duplicate. */
  async publishes(publisher: Publisher, type: string, id: number, payload: object = {}, messageId?: string): Promise<void> {
    const sequence = (this.sequences.get(`${publisher}/${id}`) ?? 0) + 1;
    this.sequences.set(`${publisher}/${id}`, sequence);
    await this.publish({ publisher, type, id, sequence, payload, ...(messageId && { messageId }) });
  }
}
