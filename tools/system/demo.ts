import { setTimeout as sleep } from 'node:timers/promises';
import type { Endpoint } from './system.js';

const gateway = 'api-gateway';
const patienceMs = 60_000;

/** Places one order as a client would, and tells what happened when. Nothing of the system knows that it is a demo. */
export async function placeDemoOrder(endpoints: readonly Endpoint[], report: (line: string) => void): Promise<void> {
  const urls = new Map(endpoints.flatMap(({ name, http }) => (http ? [[name, http] as const] : [])));
  const at = (service: string) => urls.get(gateway) ?? urls.get(service);
  const missing = ['consumer-service', 'restaurant-service', 'order-service', 'kitchen-service'].filter((name) => !urls.has(name));
  if (missing.length > 0) return report(`no demo order: there is no ${missing.join(', no ')}`);
  const timeline = new Timeline(report);
  const { consumerId } = await post<{ consumerId: number }>(`${at('consumer-service')}/consumers`, consumer);
  timeline.note(`consumer ${consumerId} created`);
  const { id: restaurantId } = await post<{ id: number }>(`${at('restaurant-service')}/restaurants`, restaurant);
  timeline.note(`restaurant ${restaurantId} created`);
  for (const replica of ['order-service', 'kitchen-service']) {
    await untilThere(`${urls.get(replica)}/restaurants/${restaurantId}`, () => true);
    timeline.note(`its menu has come to ${replica}`);
  }
  const { orderId } = await post<{ orderId: number }>(`${at('order-service')}/orders`, orderOf(consumerId, restaurantId));
  timeline.note(`order ${orderId} placed: APPROVAL_PENDING`, 'the time of the order begins here');
  await Promise.all([
    untilThere(`${urls.get('kitchen-service')}/tickets/${orderId}`, ({ state }) => {
      timeline.noteOnce(`ticket ${orderId}: ${state}`);
      return state === 'AWAITING_ACCEPTANCE';
    }),
    untilThere(`${urls.get('order-service')}/orders/${orderId}`, ({ state, orderTotal }) => {
      if (state !== 'APPROVAL_PENDING') timeline.noteOnce(`order ${orderId}: ${state}, total ${orderTotal}`);
      return state !== 'APPROVAL_PENDING';
    }),
  ]);
  report(`See it: curl ${at('order-service')}/orders/${orderId}`);
}

/** Prints each step with its milliseconds, counted from the step before and from the order. */
class Timeline {
  private last = performance.now();
  private orderedAt: number | undefined;
  private readonly seen = new Set<string>();

  constructor(private readonly report: (line: string) => void) {
    report('\nOne order, from HTTP to APPROVED:');
  }

  note(step: string, begins?: string): void {
    const now = performance.now();
    const sinceOrder = this.orderedAt === undefined ? '' : `  (${Math.round(now - this.orderedAt)} ms after the order)`;
    this.report(`  ${String(Math.round(now - this.last)).padStart(5)} ms  ${step}${sinceOrder}`);
    this.last = now;
    if (begins) this.orderedAt = now;
  }

  noteOnce(step: string): void {
    if (this.seen.has(step)) return;
    this.seen.add(step);
    this.note(step);
  }
}

async function post<Created>(url: string, body: unknown): Promise<Created> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(patienceMs) });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${url} answered ${response.status}: ${text}`);
  return JSON.parse(text) as Created;
}

interface Answer {
  readonly state: string;
  readonly orderTotal: string;
}

async function untilThere(url: string, isIt: (answer: Answer) => boolean): Promise<void> {
  const end = Date.now() + patienceMs;
  let last = '';
  while (Date.now() < end) {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    last = await response.text();
    if (response.ok && isIt(JSON.parse(last) as Answer)) return;
    await sleep(5);
  }
  throw new Error(`GET ${url} still answers ${last}`);
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
  deliveryTime: new Date(Date.now() + 3_600_000).toISOString(),
  deliveryAddress: { street1: '9 Amazing View', city: 'Oakland', state: 'CA', zip: '94612' },
  lineItems: [{ menuItemId: '1', quantity: 5 }],
});
