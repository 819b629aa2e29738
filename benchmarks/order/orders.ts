import { header } from '@ftgo/messaging/broker';
import { type BrokerAt, openBrokerAt, uniqueName } from '@ftgo/testing';

type Headers = Readonly<Record<string, string>>;

/** The headers with the tokens of those who create the consumer and the restaurant, while security is on. */
export interface Senders {
  readonly consumer?: Headers;
  readonly restaurant?: Headers;
}

/** The body of an order that can be placed any number of times. Its consumer and restaurant are created, and received by all services. */
export async function anOrder(
  gateway: string,
  urls: Readonly<Record<string, string>>,
  { consumer, restaurant }: Senders = {},
): Promise<object> {
  const name = { firstName: 'Ada', lastName: 'Lovelace' };
  const { consumerId } = await post<{ consumerId: number }>(`${gateway}/consumers`, { name }, consumer);
  const address = { street1: '1 Main Street', city: 'Oakland', state: 'CA', zip: '94611' };
  const menu = { menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: '12.34' }] };
  const { id } = await post<{ id: number }>(`${gateway}/restaurants`, { name: 'Ajanta', address, menu }, restaurant);
  for (const service of ['order-service', 'kitchen-service']) {
    await untilOk(`${urls[service]}/restaurants/${id}`, restaurant);
  }
  await untilOk(`${urls['accounting-service']}/accounts/${consumerId}`, consumer);
  const lineItems = [{ menuItemId: '1', quantity: 5 }];
  return { consumerId, restaurantId: id, deliveryTime: '2030-01-01T19:00:00', deliveryAddress: address, lineItems };
}

/** Records when the approval of each order arrives. */
export async function watchApprovals(at: BrokerAt) {
  const broker = openBrokerAt(at, 'bench');
  const came = new Map<string, number>();
  const waiting = new Map<string, (at: number) => void>();
  await broker.subscribe({
    group: uniqueName('bench'),
    topics: ['ftgo.order.events'],
    handler: async ({ records }) => {
      for (const { headers } of records) {
        if (!headers.get(header.type)?.toString().endsWith('.OrderAuthorized')) continue;
        const order = headers.get(header.subject)?.toString() ?? '';
        const at = performance.now();
        came.set(order, at);
        waiting.get(order)?.(at);
      }
    },
  });
  return {
    of: (order: string) =>
      new Promise<number>((resolve) => (came.has(order) ? resolve(came.get(order) ?? 0) : waiting.set(order, resolve))),
    close: () => broker.close(),
  };
}

async function untilOk(url: string, headers: Headers = {}): Promise<void> {
  while (!(await fetch(url, { headers })).ok) await new Promise((resolve) => setTimeout(resolve, 20));
}

export async function post<Answer>(url: string, body: object, identity: Headers = {}): Promise<Answer> {
  const headers = { 'content-type': 'application/json', ...identity };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`POST ${url} failed with ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}
