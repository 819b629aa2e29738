import { type BrokerAt, eventually, type Patience } from '@ftgo/testing';
import { PlayedServices, type ReceivedMessage } from '@ftgo/testing/services';

const commandTopics = ['ftgo.consumer.commands', 'ftgo.kitchen.commands', 'ftgo.accounting.commands'];

/** Plays Consumer, Kitchen, Accounting, Delivery and Restaurant. */
export class OtherServices extends PlayedServices {
  constructor(at: BrokerAt) {
    super(at, { publishers: ['restaurant', 'consumer', 'delivery'], read: commandTopics });
  }

  /** A restaurant's events carry its full state. */
  restaurantChanged(id: number, sequence: number, restaurant: object, type = 'RestaurantMenuRevised', source?: string): Promise<void> {
    return this.publish({ publisher: 'restaurant', type, id, sequence, payload: restaurant, ...(source && { source }) });
  }

  /** The commands sent about an order so far, oldest first. */
  commandsAbout(orderId: number): ReceivedMessage[] {
    return this.received().filter(({ payload }) => [payload.orderId, payload.ticketId].includes(String(orderId)));
  }

  async command(type: string, orderId: number, patience?: Patience): Promise<ReceivedMessage> {
    const sent = await eventually(() => {
      const found = this.commandsAbout(orderId).find((command) => command.type === type);
      if (!found) throw new Error(`${type} about order ${orderId} has not arrived`);
      return found;
    }, patience);
    await this.whenVisible([sent]);
    return sent;
  }

  /** Replies that the participant has carried out the command. */
  reply(command: ReceivedMessage, payload: object = {}): Promise<void> {
    return this.answer(command, payload, { ce_type: `${command.headers.ce_type}Reply`, ce_outcome: 'success' });
  }

  /** Replies that the participant rejects the command. */
  reject(command: ReceivedMessage, code: string, detail: string): Promise<void> {
    return this.answer(command, { code, detail }, { ce_type: 'ftgo.common.v1.CommandRefused', ce_outcome: 'failure' });
  }

  private answer({ headers }: ReceivedMessage, payload: object, attributes: Record<string, string>): Promise<void> {
    const { ce_id, ce_type, ce_sagaid = '', ce_sagastep = '', ce_replyto = '', ce_correlationid = '' } = headers;
    return this.send(ce_replyto, ce_sagaid, payload, {
      ce_source: `/${serviceOf(String(ce_type))}`,
      ce_subject: ce_sagaid,
      ce_sagaid,
      ce_sagastep,
      ce_correlationid,
      ce_causationid: String(ce_id),
      ...attributes,
    });
  }
}

/** `ftgo.kitchen.v1.CreateTicket` belongs to kitchen-service. */
const serviceOf = (type: string): string => `${type.split('.')[1] ?? ''}-service`;
