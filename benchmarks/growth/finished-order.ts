import { anOrder, post } from '../order/orders.js';

const courierId = 1;

/** Places an order and delivers it; resolves to its id when every service has received that. */
export async function finishedOrder(urls: Readonly<Record<string, string>>): Promise<number> {
  const gateway = urls['api-gateway'] ?? '';
  await post(`${gateway}/couriers/${courierId}/availability`, { available: true });
  const { orderId } = await post<{ orderId: number }>(`${gateway}/orders`, await anOrder(gateway, urls));
  const acts = [
    [`tickets/${orderId}/accept`, { readyBy: '2100-01-01T18:30:00' }],
    [`tickets/${orderId}/preparing`, {}],
    [`tickets/${orderId}/ready`, {}],
    [`deliveries/${orderId}/pickup`, {}],
    [`deliveries/${orderId}/dropoff`, {}],
  ] as const;
  for (const [path, body] of acts) await onceAllowed(() => post(`${gateway}/${path}`, body));
  const isDelivered = async () => {
    const response = await fetch(`${urls['order-history-service']}/orders/${orderId}`);
    if (!(await response.text()).includes('AuthorizationCaptured')) throw new Error(`the card of order ${orderId} is not charged`);
  };
  await onceAllowed(isDelivered);
  return orderId;
}

/** Repeats what fails because an earlier event has not arrived. */
async function onceAllowed(act: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await act();
      return;
    } catch (error) {
      if (attempt === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
