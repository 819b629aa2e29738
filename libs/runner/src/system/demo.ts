import { setTimeout as sleep } from 'node:timers/promises';
import { wallClockMs } from '@ftgo/kernel';
import { anonymous, type Headers, type People, SignedIn } from './demo-people.js';
import { identityService } from './security.js';
import type { Endpoint } from './system.js';

const gateway = 'api-gateway';
const patienceMs = 60_000;

const needed = ['consumer', 'restaurant', 'order', 'kitchen', 'accounting', 'delivery', 'order-history'].map((name) => `${name}-service`);
/** The client chooses the id of a courier. */
const courierId = 4_294_967_301;

/** The issuer, and the password of the demo's accounts; undefined if they are not those of identity-service. */
interface DemoSecurity {
  readonly issuer: string;
  readonly own?: { readonly password: string } | undefined;
}

/**
 * Places one order as a client would and follows it until delivery; resolves to the time of its approval, by
 * `performance.now()`. Nothing in the system knows that it is a demo.
 */
export async function placeDemoOrder(
  endpoints: readonly Endpoint[],
  report: (line: string) => void,
  security?: DemoSecurity,
): Promise<number | undefined> {
  const urls = new Map(endpoints.flatMap(({ name, http }) => (http ? [[name, http] as const] : [])));
  const missing = [gateway, ...needed].filter((name) => !urls.has(name));
  if (missing.length > 0) {
    report(`no demo order: it needs ${missing.join(' and ')}`);
    return undefined;
  }
  if (security && !security.own) {
    report(`no demo order: it needs the accounts of ${identityService}`);
    return undefined;
  }
  const people = security?.own ? new SignedIn(security.issuer, security.own.password) : anonymous;
  const demo = new Demo(people, (service) => urls.get(service) ?? '', new Timeline(report));
  const orderId = await demo.place(await demo.prepare());
  await demo.untilApproved(orderId);
  const approvedAt = performance.now();
  await demo.cook(orderId);
  await demo.deliver(orderId);
  report(
    security ? `To see it: npm run ftgo -- login, then order show ${orderId}` : `To see it: curl ${urls.get(gateway)}/orders/${orderId}`,
  );
  return approvedAt;
}

/** The steps of the order, each performed as its person would: consumer, cook, courier. */
class Demo {
  private consumerId = 0;

  constructor(
    private readonly people: People,
    private readonly at: (service: string) => string,
    private readonly timeline: Timeline,
  ) {}

  /** Creates a consumer, a restaurant and a courier, and waits until the services that need them have received them. */
  async prepare(): Promise<number> {
    const [ada, cook] = [await this.people.headersOf('consumer'), await this.people.headersOf('restaurant')];
    const { consumerId } = await post<{ consumerId: number }>(`${this.at(gateway)}/consumers`, consumer, ada);
    this.consumerId = consumerId;
    this.timeline.note(`consumer ${consumerId} created`);
    const { id } = await post<{ id: number }>(`${this.at(gateway)}/restaurants`, restaurant, cook);
    this.timeline.note(`restaurant ${id} created`);
    await this.people.standFor(courierId);
    for (const replica of ['order-service', 'kitchen-service']) {
      await untilThere(`${this.at(replica)}/restaurants/${id}`, () => true, cook);
      this.timeline.note(`its menu has reached ${replica}`);
    }
    await untilThere(`${this.at('accounting-service')}/accounts/${consumerId}`, () => true, ada);
    this.timeline.note("the consumer's account is open");
    const courier = await this.people.headersOf('courier');
    await post(`${this.at(gateway)}/couriers/${courierId}/availability`, { available: true }, courier);
    this.timeline.note(`courier ${courierId} is available; the id is above 2^31 on purpose: clients must not store ids in 32 bits`);
    return id;
  }

  async place(restaurantId: number): Promise<number> {
    const headers = await this.people.headersOf('consumer');
    const { orderId } = await untilAccepted<{ orderId: number }>(`${this.at(gateway)}/orders`, headers, {
      body: orderOf(this.consumerId, restaurantId),
      unless: 'CONSUMER_NOT_FOUND',
    });
    this.timeline.note(`order ${orderId} placed: APPROVAL_PENDING`, { isOrder: true });
    return orderId;
  }

  async untilApproved(orderId: number): Promise<void> {
    const { timeline } = this;
    const [consumer, cook] = [await this.people.headersOf('consumer'), await this.people.headersOf('restaurant')];
    await Promise.all([
      untilThere(
        `${this.at('kitchen-service')}/tickets/${orderId}`,
        ({ state }) => {
          timeline.noteOnce(`ticket ${orderId}: ${state}`);
          return state === 'AWAITING_ACCEPTANCE';
        },
        cook,
      ),
      untilThere(
        `${this.at('accounting-service')}/accounts/${this.consumerId}`,
        ({ authorized }) => {
          if (authorized !== '0.00') timeline.noteOnce(`card authorised: ${authorized}`);
          return authorized !== '0.00';
        },
        consumer,
      ),
      untilThere(
        `${this.at('order-service')}/orders/${orderId}`,
        ({ state, orderTotal }) => {
          if (state !== 'APPROVAL_PENDING') timeline.noteOnce(`order ${orderId}: ${state}, total ${orderTotal}`);
          return state !== 'APPROVAL_PENDING';
        },
        consumer,
      ),
    ]);
  }

  async cook(orderId: number): Promise<void> {
    const cook = await this.people.headersOf('restaurant');
    const ticket = `${this.at(gateway)}/tickets/${orderId}`;
    await post(`${ticket}/accept`, { readyBy: new Date(wallClockMs() + 1_800_000).toISOString() }, cook);
    this.timeline.note(`ticket ${orderId}: ACCEPTED`);
    await post(`${ticket}/preparing`, {}, cook);
    this.timeline.note(`ticket ${orderId}: PREPARING`);
    await post(`${ticket}/ready`, {}, cook);
    this.timeline.note(`ticket ${orderId}: READY_FOR_PICKUP`);
  }

  async deliver(orderId: number): Promise<void> {
    const [courier, consumer] = [await this.people.headersOf('courier'), await this.people.headersOf('consumer')];
    const delivery = `${this.at(gateway)}/deliveries/${orderId}`;
    await untilThere(delivery, ({ deliveryInfo }) => deliveryInfo?.state === 'SCHEDULED', courier);
    this.timeline.note(`delivery ${orderId}: SCHEDULED`);
    await untilAccepted(`${delivery}/pickup`, courier, { unless: 'TICKET_NOT_READY' });
    this.timeline.note(`delivery ${orderId}: PICKED_UP`);
    await post(`${delivery}/dropoff`, {}, courier);
    this.timeline.note(`delivery ${orderId}: DELIVERED`);
    await untilThere(
      `${this.at('accounting-service')}/accounts/${this.consumerId}`,
      ({ captured }) => {
        if (captured !== '0.00') this.timeline.noteOnce(`authorisation captured: ${captured}`);
        return captured !== '0.00';
      },
      consumer,
    );
    await untilThere(
      `${this.at('order-history-service')}/orders/${orderId}`,
      ({ deliveryStatus, transitions }) =>
        deliveryStatus === 'DELIVERED' && transitions?.some(({ event }) => event === 'AuthorizationCaptured') === true,
      consumer,
    );
    this.timeline.note(`the history of consumer ${this.consumerId} shows it`);
  }
}

/** Prints each step with its milliseconds, since the previous step and since the order. */
class Timeline {
  private last = performance.now();
  private orderedAt: number | undefined;
  private readonly seen = new Set<string>();

  constructor(private readonly report: (line: string) => void) {
    report('\nOne order, from HTTP to delivery:');
  }

  /** The steps after the order show the time since then. */
  note(step: string, { isOrder = false } = {}): void {
    const now = performance.now();
    const sinceOrder = this.orderedAt === undefined ? '' : `  (${Math.round(now - this.orderedAt)} ms after the order)`;
    this.report(`  ${String(Math.round(now - this.last)).padStart(5)} ms  ${step}${sinceOrder}`);
    this.last = now;
    if (isOrder) this.orderedAt = now;
  }

  noteOnce(step: string): void {
    if (this.seen.has(step)) return;
    this.seen.add(step);
    this.note(step);
  }
}

async function post<Created>(url: string, body: unknown, person: Headers): Promise<Created> {
  const headers = { 'content-type': 'application/json', ...person };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(patienceMs) });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${url} failed with ${response.status}: ${text}`);
  return (text === '' ? {} : JSON.parse(text)) as Created;
}

interface Answer {
  readonly state: string;
  readonly orderTotal: string;
  readonly authorized: string;
  readonly captured: string;
  readonly deliveryInfo?: { readonly state: string };
  readonly deliveryStatus?: string;
  readonly transitions?: ReadonlyArray<{ readonly event: string }>;
}

/** Retries while the service has not received the event that allows it, which it reports by a code. */
async function untilAccepted<Accepted>(
  url: string,
  person: Headers,
  { body = {}, unless }: { body?: object; unless: string },
): Promise<Accepted> {
  const end = performance.now() + patienceMs;
  for (;;) {
    try {
      return await post<Accepted>(url, body, person);
    } catch (error) {
      if (performance.now() > end || !String(error).includes(unless)) throw error;
      await sleep(5);
    }
  }
}

async function untilThere(url: string, isIt: (answer: Answer) => boolean, headers: Headers): Promise<void> {
  const end = performance.now() + patienceMs;
  let last = '';
  while (performance.now() < end) {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(5_000) });
    last = await response.text();
    if (response.ok && isIt(JSON.parse(last) as Answer)) return;
    await sleep(5);
  }
  throw new Error(`GET ${url} still returns ${last}`);
}

const consumer = { name: { firstName: 'Ada', lastName: 'Lovelace' } };

const restaurant = {
  name: 'Ajanta',
  address: { street1: '1 Main Street', city: 'Oakland', state: 'CA', zip: '94612' },
  menu: {
    menuItems: [
      { id: '1', name: 'Chicken Vindaloo', price: '12.34' },
      { id: '2', name: 'Masala Dosa', price: '9.50' },
    ],
  },
};

const orderOf = (consumerId: number, restaurantId: number) => ({
  consumerId,
  restaurantId,
  deliveryTime: new Date(wallClockMs() + 3_600_000).toISOString(),
  deliveryAddress: { street1: '9 Amazing View', city: 'Oakland', state: 'CA', zip: '94612' },
  lineItems: [{ menuItemId: '1', quantity: 5 }],
});
