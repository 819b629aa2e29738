import type { TestSystem } from '@ftgo/testing';
import { anOrder } from '../order/orders.js';

const consumers = 60;

/** The bodies of orders of many consumers and restaurants, so that no single account or partition limits them. */
export async function orderBodies({ urls }: TestSystem): Promise<object[]> {
  const gateway = urls['api-gateway'] ?? '';
  return Promise.all(Array.from({ length: consumers }, () => anOrder(gateway, urls)));
}
