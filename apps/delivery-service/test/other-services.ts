import type { BrokerAt } from '@ftgo/testing';
import { PlayedServices, publishers } from '@ftgo/testing/services';

/** Those whose events Delivery handles. */
type Teller = 'order' | 'kitchen' | 'restaurant';

/** Order, Kitchen and Restaurant. */
export class OtherServices extends PlayedServices {
  private readonly sequences = new Map<string, number>();

  constructor(at: BrokerAt) {
    super(at, { publishers: ['order', 'kitchen', 'restaurant'], read: [publishers.delivery.topic] });
  }

  /** The next event of an order, a ticket or a restaurant; the same `messageId` again is the same message. */
  async tells(publisher: Teller, type: string, id: number, payload: object = {}, messageId?: string): Promise<void> {
    const sequence = (this.sequences.get(`${publisher}/${id}`) ?? 0) + 1;
    this.sequences.set(`${publisher}/${id}`, sequence);
    await this.publish({ publisher, type, id, sequence, payload, ...(messageId && { messageId }) });
  }
}
