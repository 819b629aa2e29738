import { header } from '@ftgo/messaging/broker';
import { type BrokerAt, openBrokerAt, uniqueName } from '@ftgo/testing';

/** The body of an order that can be placed any number of times. Its consumer and restaurant are created, and received by all services. */
export async function anOrder(gateway: string, urls: Readonly<Record<string, string>>): Promise<object> {
  const { consumerId } = await post<{ consumerId: number }>(`${gateway}/consumers`, { name: { firstName: 'Ada', lastName: 'Lovelace' } });
  const address = { street1: '1 Main Street', city: 'Oakland', state: 'CA', zip: '94611' };
  const menu = { menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: '12.34' }] };
  const { id } = await post<{ id: number }>(`${gateway}/restaurants`, { name: 'Ajanta', address, menu });
  for (const service of ['order-service', 'kitchen-service']) {
    while (!(await fetch(`${urls[service]}/restaurants/${id}`)).ok) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  while (!(await fetch(`${urls['accounting-service']}/accounts/${consumerId}`)).ok) await new Promise((resolve) => setTimeout(resolve, 20));
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

export async function post<Answer>(url: string, body: object): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`POST ${url} failed with ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}
