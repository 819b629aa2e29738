import { eventually, givenSystem, type RunningSystem, type SystemOptions, startSystem, type TestSystem } from '@ftgo/testing';
import { Databases } from './databases.js';
import { call, succeeded } from './http.js';
import { whileInProgress } from './progress.js';
import { startSecured } from './secured-system.js';

export interface MenuItem {
  readonly id: string;
  readonly name: string;
  readonly price: string;
}

/** An order as order-service shows it. */
export interface Order {
  readonly orderId: number;
  readonly state: string;
  readonly orderTotal: string;
  readonly rejection?: { readonly code: string; readonly detail: string };
}

export interface Ticket {
  readonly id: number;
  readonly state: string;
  readonly lineItems: ReadonlyArray<{ readonly menuItemId: string; readonly name: string; readonly quantity: number }>;
}

/** An order to be placed. */
export interface OrderWish {
  readonly consumerId: number;
  readonly restaurantId: number;
  readonly lineItems?: ReadonlyArray<{ readonly menuItemId: string; readonly quantity: number }>;
}

/** A killed process holds its partitions for 6 s, a hanging one its replication slot or transaction for 10 s. */
const stalledAfterMs = 30_000;

export type OrderState = 'APPROVED' | 'REJECTED';

export const vindaloo: MenuItem = { id: '1', name: 'Chicken Vindaloo', price: '12.34' };
export const samosas: MenuItem = { id: '2', name: 'Samosas', price: '4.50' };

const someAddress = { street1: '1 High Street', city: 'Oakland', state: 'CA', zip: '94612' };

/** The body of a POST to /orders. */
export const orderRequest = ({ consumerId, restaurantId, lineItems = [{ menuItemId: '1', quantity: 5 }] }: OrderWish) => ({
  consumerId,
  restaurantId,
  deliveryTime: '2030-01-31T18:30:00',
  deliveryAddress: someAddress,
  lineItems,
});

/** The body of a POST to /restaurants. */
export const restaurantRequest = ({ menu = [vindaloo, samosas], orderMinimum }: { menu?: readonly MenuItem[]; orderMinimum?: string }) => ({
  name: 'Ajanta',
  address: someAddress,
  menu: { menuItems: menu },
  ...(orderMinimum === undefined ? {} : { orderMinimum }),
});

/** The system that specs share (vitest.config.ts): they run in one process, and it ends with this process. */
let shared: Ftgo | undefined;

/** A running FTGO, used through its public APIs. */
export class Ftgo<System extends RunningSystem = TestSystem> {
  readonly databases: Databases;
  /** Records that a test wrote directly to the broker: the only ones that are in no outbox and may be dead-lettered. */
  readonly planted: Array<{ readonly topic: string; readonly partition: number; readonly position: string }> = [];

  private constructor(readonly system: System) {
    this.databases = new Databases(system);
  }

  static async start(options: SystemOptions = {}): Promise<Ftgo> {
    return new Ftgo(await startSystem(options));
  }

  /** A system that is already running. */
  static over(system: TestSystem): Ftgo {
    return new Ftgo(system);
  }

  /** The system named by `FTGO_E2E_TARGET`, otherwise the shared one: with what other specs have left in it. */
  static async open(): Promise<Ftgo<RunningSystem>> {
    const given = givenSystem();
    if (given) return new Ftgo(given);
    return Ftgo.shared();
  }

  /** The shared system, for what cannot be checked on a system that was started elsewhere. */
  static async shared(): Promise<Ftgo> {
    shared ??= new Ftgo(await (process.env['FTGO_TEST_SECURE'] ? startSecured() : startSystem()));
    return shared;
  }

  url(app: string, path: string): string {
    return `${this.system.urls[app]}${path}`;
  }

  /** Of health, metrics, API definitions and operations, which have a port of their own while security is on. */
  management(app: string, path: string): string {
    return `${this.system.management[app]}${path}`;
  }

  /** Creates a consumer, optionally with a credit limit; without one, no order is rejected because of its amount. */
  async aConsumer({ creditLimit }: { creditLimit?: string } = {}): Promise<number> {
    const body = { name: { firstName: 'Ada', lastName: 'Lovelace' } };
    const { consumerId } = await succeeded<{ consumerId: number }>(call('POST', this.url('consumer-service', '/consumers'), body));
    const limit = this.url('accounting-service', `/accounts/${consumerId}/limit`);
    if (creditLimit) await eventually(async () => succeeded(call('PUT', limit, { creditLimit })));
    return consumerId;
  }

  consumers(count: number): Promise<number[]> {
    return Promise.all(Array.from({ length: count }, () => this.aConsumer()));
  }

  /** Resolves when order-service and kitchen-service have received it. */
  async aRestaurant(details: Parameters<typeof restaurantRequest>[0] = {}): Promise<number> {
    const request = restaurantRequest(details);
    const { id } = await succeeded<{ id: number }>(call('POST', this.url('restaurant-service', '/restaurants'), request));
    await Promise.all(['order-service', 'kitchen-service'].map((app) => this.untilKnown(app, id)));
    return id;
  }

  /** An app's replica of a restaurant, as of this change or a later one. */
  untilKnown(
    app: string,
    restaurantId: number,
    sequence = 1,
  ): Promise<{ readonly sequence: number; readonly menu: { menuItems: MenuItem[] } }> {
    return eventually(
      async () => {
        const replica = await succeeded<{ sequence: number; menu: { menuItems: MenuItem[] } }>(
          call('GET', this.url(app, `/restaurants/${restaurantId}`)),
        );
        if (replica.sequence < sequence) throw new Error(`${app} has received change ${replica.sequence} of ${sequence}`);
        return replica;
      },
      { timeoutMs: 60_000 },
    );
  }

  /** Places an order; returns its id. */
  async placeOrder(wish: OrderWish, through: 'api-gateway' | 'order-service' = 'api-gateway'): Promise<number> {
    const { orderId } = await succeeded<{ orderId: number | string }>(call('POST', this.url(through, '/orders'), orderRequest(wish)));
    return Number(orderId);
  }

  order(id: number): Promise<Order> {
    return succeeded(call('GET', this.url('order-service', `/orders/${id}`)));
  }

  ticket(id: number): Promise<Ticket> {
    return succeeded(call('GET', this.url('kitchen-service', `/tickets/${id}`)));
  }

  /** Waits while orders make progress; fails with their states unless all are approved in the end. */
  untilApproved(ids: readonly number[]): Promise<void> {
    return this.until('APPROVED', ids);
  }

  untilRejected(ids: readonly number[]): Promise<void> {
    return this.until('REJECTED', ids);
  }

  /** The health that a process reports; `down` if it does not respond. */
  async health(app: string): Promise<{ readonly status: string; readonly degraded?: Readonly<Record<string, string>> }> {
    const answer = await call('GET', this.management(app, '/health/ready')).catch(() => undefined);
    if (!answer) return { status: 'down' };
    const health = answer.body as { status: string; degraded?: Record<string, string> };
    // 503 removes a pod from its Service, so it must mean that the process cannot serve requests.
    if ((answer.status === 200) === (health.status === 'down'))
      throw new Error(`${app} returns ${answer.status}: ${JSON.stringify(health)}`);
    return health;
  }

  /** True if a process reports that everything works. */
  async isReady(app: string): Promise<boolean> {
    return (await this.health(app)).status === 'up';
  }

  untilReady(app: string): Promise<void> {
    return this.untilHealth(app, 'up');
  }

  untilHealth(app: string, wanted: 'up' | 'degraded' | 'down'): Promise<void> {
    return eventually(
      async () => {
        const health = await this.health(app);
        if (health.status !== wanted) throw new Error(`${app} is not ${wanted}: ${JSON.stringify(health)}`);
      },
      { timeoutMs: 30_000, intervalMs: 100 },
    );
  }

  async close(): Promise<void> {
    if ((this as Ftgo<RunningSystem>) !== shared) await this.system.close();
  }

  private async until(wanted: OrderState, ids: readonly number[]): Promise<void> {
    const { isDone, result } = await whileInProgress(async () => {
      const states = await this.databases.rows<{ state: string; code: string | null; n: number }>(
        'ftgo_order',
        `SELECT o.state, o.rejection->>'code' AS code, count(*)::int AS n
         FROM unnest($1::bigint[]) AS wish (id) LEFT JOIN orders o USING (id) GROUP BY 1, 2`,
        [ids],
      );
      const moves = await this.databases.number('ftgo_order', 'SELECT count(*) AS n FROM saga_history');
      const isSettled = states.every(({ state }) => state === wanted);
      return { isDone: isSettled, picture: JSON.stringify([states, moves]), result: states };
    }, stalledAfterMs);
    if (!isDone) throw new Error(`not all of ${ids.length} orders are ${wanted}: ${JSON.stringify(result)}`);
  }
}
