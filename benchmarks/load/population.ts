import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '@ftgo/runner/errors';
import type { Answer, Requests } from './requests.js';

const restaurantCount = 10;
const courierCount = 10;
/** The client chooses the ids of couriers. */
const firstCourier = 7_000_001;
const setUpWithinMs = 60_000;
/** Until the services that need a new consumer or restaurant have received it. */
const joinsAfterMs = 5_000;

const address = { street1: '1 Main Street', city: 'Oakland', state: 'CA', zip: '94611' };
const menu = {
  menuItems: [
    { id: '1', name: 'Chicken Vindaloo', price: '12.34' },
    { id: '2', name: 'Masala Dosa', price: '9.50' },
  ],
};

export const bodies = {
  consumer: () => ({ name: { firstName: 'Ada', lastName: 'Lovelace' } }),
  restaurant: () => ({ name: 'Ajanta', address, menu }),
  menu: () => menu,
  order: (consumerId: number, restaurantId: number) => ({
    consumerId,
    restaurantId,
    deliveryTime: '2100-01-01T19:00:00',
    deliveryAddress: address,
    lineItems: [{ menuItemId: '1', quantity: 5 }],
  }),
};

/** Those who use the system: consumers and restaurants that can order from each other, and couriers. */
export class Population {
  /** Orders that the set-up has placed. */
  ordersPlaced = 0;
  readonly consumers: number[] = [];
  readonly restaurants: number[] = [];
  readonly couriers: number[] = [];

  /** Resolves when every consumer and restaurant has had an order approved: then all services have received them. */
  static async create(requests: Requests, consumerCount: number): Promise<Population> {
    const population = new Population();
    const create = async <Body>(path: string, body: object) =>
      bodyOf(path, await requests.send<Body>({ what: path, method: 'POST', path, body }));
    for (let i = 0; i < consumerCount; i++) {
      population.consumers.push((await create<{ consumerId: number }>('/consumers', bodies.consumer())).consumerId);
    }
    for (let i = 0; i < restaurantCount; i++) {
      population.restaurants.push((await create<{ id: number }>('/restaurants', bodies.restaurant())).id);
    }
    for (let id = firstCourier; id < firstCourier + courierCount; id++) {
      await create(`/couriers/${id}/availability`, { available: true });
      population.couriers.push(id);
    }
    const pairs = Array.from({ length: Math.max(consumerCount, restaurantCount) }, (_, i) => i);
    await Promise.all(pairs.map((i) => population.untilApproved(requests, i)));
    return population;
  }

  /** In place of another, so that orders stay spread over a fixed number of consumers. */
  joinSoon(members: number[], id: number, place: number): void {
    setTimeout(() => (members[place] = id), joinsAfterMs).unref();
  }

  /** The services receive a new consumer or restaurant one after the other, and reject an order until then. */
  private async untilApproved(requests: Requests, i: number): Promise<void> {
    const body = bodies.order(memberOf(this.consumers, i), memberOf(this.restaurants, i));
    let last = '';
    for (const end = performance.now() + setUpWithinMs; performance.now() < end; await sleep(100)) {
      const placed = await requests.send<{ orderId: number }>({ what: 'set-up', method: 'POST', path: '/orders', body });
      if (placed.body) this.ordersPlaced++;
      last = placed.body ? await settledState(requests, placed.body.orderId, end) : placed.code;
      if (last === 'APPROVED') return;
    }
    throw new UserError(`cannot prepare the load: the first order of consumer ${body.consumerId} was not approved: ${last}`);
  }
}

export const memberOf = (members: readonly number[], i: number): number => members[i % members.length] as number;

async function settledState(requests: Requests, orderId: number, end: number): Promise<string> {
  let state = '';
  while (performance.now() < end) {
    const { body, code } = await requests.send<{ orderInfo: { state: string } }>({
      what: 'set-up',
      method: 'GET',
      path: `/orders/${orderId}`,
    });
    state = body?.orderInfo.state ?? code ?? '';
    if (body && state !== 'APPROVAL_PENDING') return state;
    await sleep(100);
  }
  return state;
}

function bodyOf<Body>(path: string, { body, code }: Answer<Body>): Body {
  if (code !== undefined) throw new UserError(`cannot prepare the load: POST ${path} failed: ${code}`);
  return body;
}
