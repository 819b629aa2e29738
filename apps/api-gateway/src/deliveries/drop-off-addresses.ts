import type { CourierActionDetails } from '@ftgo/contracts/delivery';
import { countFallback, deadline } from '@ftgo/rpc';
import { Logger } from '@nestjs/common';
import type { OrderServiceProxy } from '../orders/order-service.proxy.js';
import type { ServiceIdentity } from '../service-identity.js';

/** As many orders as order-service returns at once. */
const batch = 100;

/**
 * Addresses of consumers, which delivery-service does not have: order-service owns them. Any client that may see a delivery may
 * see where it goes, so the gateway asks in its own name.
 */
export class DropOffAddresses {
  private readonly log = new Logger(DropOffAddresses.name);

  constructor(
    private readonly orders: OrderServiceProxy,
    private readonly identity: ServiceIdentity,
    private readonly deadlineMs: number,
  ) {}

  /** The actions with the addresses of their drop-offs; these stay withheld while order-service is unavailable. */
  async completed(actions: readonly CourierActionDetails[]): Promise<CourierActionDetails[]> {
    const dropOffs = actions.filter(({ type }) => type === 'DROPOFF').map(({ deliveryId }) => deliveryId);
    const addresses = await this.of(dropOffs);
    return actions.map((action) => {
      const address = action.type === 'DROPOFF' ? addresses.get(action.deliveryId) : undefined;
      return address ? { ...action, address } : action;
    });
  }

  private async of(orderIds: readonly number[]): Promise<Map<number, CourierActionDetails['address']>> {
    const addresses = new Map<number, CourierActionDetails['address']>();
    try {
      for (let i = 0; i < orderIds.length; i += batch) {
        const request = { orderIds: orderIds.slice(i, i + batch) };
        const { orders } = await deadline.runWithin(this.deadlineMs, () => this.identity.run(() => this.orders.batchGetOrders(request)));
        for (const { orderId, deliveryAddress } of orders) addresses.set(orderId, deliveryAddress);
      }
    } catch (error) {
      this.log.warn({ reason: error instanceof Error ? error.message : String(error) }, 'addresses of drop-offs unavailable');
      countFallback(error, 'default');
    }
    return addresses;
  }
}
