import { DomainError } from '@ftgo/kernel';
import type { CommandHandler, CommandType, IncomingMessage, Transactions } from '@ftgo/messaging';
import { type About, CheckCustomer, type Orders, Pay, Refund, Release, Reserve, RevisePayment, Ship } from './shop.js';

export const effectTable =
  'CREATE TABLE effect (order_id int NOT NULL, name text NOT NULL, times int NOT NULL, PRIMARY KEY (order_id, name))';

/** The effects of participants and of the orders' own service, counted in a table to detect duplicates. */
export class Effects {
  transactions!: Transactions;
  /** By command name: how the handler ends, after its effect was written. */
  readonly ending = new Map<string, () => Promise<void> | void>();
  readonly orders: Orders = {
    approve: (orderId) => this.local('approve', orderId, 'approved', 1),
    reject: (orderId) => this.local('reject', orderId, 'rejected', 1),
  };

  handlers(): CommandHandler[] {
    return [
      this.handler(CheckCustomer, 'checked', 1),
      this.handler(Reserve, 'reserved', 1, { shelf: 'A3' }),
      this.handler(Release, 'reserved', -1),
      this.handler(Pay, 'paid', 1, { receipt: 99 }),
      this.handler(Refund, 'paid', -1),
      this.handler(Ship, 'shipped', 1),
      this.handler(RevisePayment, 'revised', 1),
    ];
  }

  refuse(command: CommandType<unknown, unknown>, code: string): void {
    this.ending.set(command.payload.typeName, () => {
      throw new DomainError(code, 'rule-broken', code);
    });
  }

  private handler(type: CommandType<unknown, unknown>, name: string, times: number, reply: object = {}): CommandHandler {
    return {
      kind: 'command',
      type,
      name,
      handle: async (message: IncomingMessage) => {
        await this.happened((message.payload as About).orderId, name, times);
        await this.ending.get(type.payload.typeName)?.();
        return reply;
      },
    };
  }

  private async local(method: string, orderId: number, name: string, times: number): Promise<void> {
    await this.happened(orderId, name, times);
    await this.ending.get(method)?.();
  }

  private async happened(orderId: number, name: string, times: number): Promise<void> {
    await this.transactions.current('an effect').query({
      text: 'INSERT INTO effect VALUES ($1, $2, $3) ON CONFLICT (order_id, name) DO UPDATE SET times = effect.times + $3',
      values: [orderId, name, times],
    });
  }
}
