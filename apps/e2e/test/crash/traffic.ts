import { type Ftgo, vindaloo } from '../ftgo.js';
import { call } from '../http.js';
import { OrderStream } from '../order-stream.js';
import { whileInProgress } from '../progress.js';

/** Who orders and where, during a whole run. */
export interface Cast {
  readonly consumers: readonly number[];
  readonly restaurants: readonly number[];
}

/** Also a courier: without one, delivery-service would publish nothing. */
export async function castFor(ftgo: Ftgo): Promise<Cast> {
  const [consumers, restaurants] = await Promise.all([ftgo.consumers(10), Promise.all([ftgo.aRestaurant(), ftgo.aRestaurant()])]);
  await call('POST', ftgo.url('delivery-service', '/couriers/1/availability'), { available: true });
  return { consumers, restaurants };
}

/** Few enough that a busy machine keeps up. */
const ordersPerSecond = 10;
const changeEveryMs = 200;

/** Orders, and changes to what exists, so that every service sends and receives messages. */
export class Traffic {
  readonly orders: OrderStream;
  private readonly timer: NodeJS.Timeout;
  private readonly inFlight = new Set<Promise<unknown>>();
  private count = 0;
  private changed = 0;

  constructor(
    private readonly ftgo: Ftgo,
    private readonly cast: Cast,
  ) {
    this.orders = new OrderStream(ftgo, { ...cast, perSecond: ordersPerSecond });
    this.timer = setInterval(() => this.changeSomething(), changeEveryMs);
  }

  /** Resolves to the ids of the orders that were accepted. */
  async stop(): Promise<readonly number[]> {
    clearInterval(this.timer);
    await Promise.all(this.inFlight);
    return this.orders.stop();
  }

  /** A change may fail: services are down, or the order is not approved yet. */
  private changeSomething(): void {
    const change = this.nextChange()
      .catch(() => undefined)
      .finally(() => this.inFlight.delete(change));
    this.inFlight.add(change);
  }

  private nextChange(): Promise<unknown> {
    const n = this.count++;
    const { ftgo, cast } = this;
    const post = (app: string, path: string, body: object) => call('POST', ftgo.url(app, path), body);
    if (n % 4 === 0) {
      const menu = { menuItems: [{ ...vindaloo, price: `${12 + (n % 7)}.00` }] };
      return call('PUT', ftgo.url('restaurant-service', `/restaurants/${cast.restaurants[0]}/menu`), menu);
    }
    const order = this.orders.accepted[this.changed];
    if (order === undefined) return Promise.resolve();
    this.changed++;
    if (n % 4 === 1) return post('kitchen-service', `/tickets/${order}/accept`, { readyBy: '2100-01-01T10:00:00' });
    if (n % 4 === 2) return post('api-gateway', `/orders/${order}/cancel`, {});
    return post('api-gateway', `/orders/${order}/revise`, { revisedOrderLineItems: [{ menuItemId: vindaloo.id, quantity: 2 }] });
  }
}

const ends = ['APPROVED', 'CANCELLED'];

/** Waits until every order has ended; one line for each order that has not, or that does not exist although it was accepted. */
export async function unfinished(ftgo: Ftgo, accepted: readonly number[], stalledAfterMs: number): Promise<string[]> {
  const { result } = await whileInProgress(async () => {
    const open = await ftgo.databases.rows<{ id: string; state: string | null }>(
      'ftgo_order',
      `SELECT coalesce(orders.id, accepted.id)::text AS id, state FROM unnest($1::bigint[]) AS accepted (id)
        FULL JOIN orders USING (id) WHERE state IS NULL OR state <> ALL ($2) ORDER BY 1`,
      [accepted, ends],
    );
    const moves = await ftgo.databases.number('ftgo_order', 'SELECT count(*) AS n FROM saga_history');
    return { isDone: open.length === 0, picture: `${open.length} ${moves}`, result: open };
  }, stalledAfterMs);
  return result.map(({ id, state }) => (state ? `order ${id} is ${state}` : `order ${id} was accepted, but does not exist`));
}
