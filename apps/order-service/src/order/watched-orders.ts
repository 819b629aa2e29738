import type { OrderId } from '@ftgo/ftgo';
import { WatchedVersions } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { OrderQueries, type OrderView } from './order.queries.js';
import type { OrderState } from './order-state.js';

export const orderOperations = ['CREATE', 'CANCEL', 'REVISE'] as const;
export type OrderOperation = (typeof orderOperations)[number];

const pendingState: Readonly<Record<OrderOperation, OrderState>> = {
  CREATE: 'APPROVAL_PENDING',
  CANCEL: 'CANCEL_PENDING',
  REVISE: 'REVISION_PENDING',
};

export interface OrderWatch {
  /** The version that the client knows. */
  readonly afterVersion: number;
  /** The watch ends when it has settled. */
  readonly operation?: OrderOperation | undefined;
}

/** Lets clients watch an order, whichever instance changes it. */
@Injectable()
export class WatchedOrders extends WatchedVersions<OrderId> {
  constructor(private readonly orders: OrderQueries) {
    super((ids) => orders.versions(ids));
  }

  /** The order whenever its version has changed, at the pace of the reader: versions in between are left out. */
  async *watch(id: OrderId, { afterVersion, operation }: OrderWatch, signal: AbortSignal): AsyncGenerator<OrderView, void, void> {
    let known = afterVersion;
    for (;;) {
      const order = await this.orders.get(id);
      if (order.version > known) yield order;
      known = Math.max(known, order.version);
      if (hasEnded(order, operation)) return;
      await this.beyond({ id, version: known }, signal);
    }
  }
}

const hasEnded = ({ state }: OrderView, operation: OrderOperation | undefined): boolean =>
  state === 'REJECTED' || state === 'CANCELLED' || (operation !== undefined && state !== pendingState[operation]);
