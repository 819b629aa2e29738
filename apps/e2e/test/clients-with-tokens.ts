import { eventually } from '@ftgo/testing';
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { expect } from 'vitest';
import { call, succeeded } from './http.js';

/** Waits until the response is 200. */
export async function untilOpen(url: string, headers: Record<string, string>): Promise<void> {
  await eventually(async () => expect([url, (await call('GET', url, undefined, headers)).status]).toEqual([url, 200]));
}

/** Sends an empty request; its content does not matter before the caller is admitted. */
export function grpcOutcome(address: string, method: string, token: string | undefined): Promise<string> {
  const client = new Client(address, credentials.createInsecure());
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  return new Promise((resolve) => {
    const none = (): Buffer => Buffer.alloc(0);
    client.makeUnaryRequest(
      `/${method}`,
      none,
      (bytes) => bytes,
      {},
      metadata,
      { deadline: Date.now() + 10_000 },
      (error) => {
        client.close();
        const code = error ? status[error.code] : 'OK';
        resolve(['UNAUTHENTICATED', 'PERMISSION_DENIED', 'UNIMPLEMENTED', 'UNAVAILABLE'].includes(code) ? code : 'open');
      },
    );
  });
}

export async function graphql(url: string, orderId: number, headers: Record<string, string>): Promise<unknown> {
  const query = `{ order(id: "${orderId}") { id ticket { state } consumer { firstName } } }`;
  const { data } = await succeeded<{ data: { order: unknown } }>(call('POST', url, { query }, headers));
  return data.order;
}

export async function firstEvent(url: string, headers: Record<string, string>): Promise<string> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk as Uint8Array).toString();
    if (text.includes('data:')) break;
  }
  abort.abort();
  return text;
}

/** The first message about an order, on a socket whose token is a subprotocol, as in a browser. */
export function subscribed(url: string, orderId: number, { authorization = '' }: Record<string, string>): Promise<unknown> {
  const socket = new WebSocket(url.replace('http', 'ws'), ['ftgo', authorization.replace('Bearer ', 'bearer.')]);
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => socket.send(JSON.stringify({ type: 'subscribe', orderId })));
    socket.addEventListener('message', ({ data }) => {
      resolve(JSON.parse(String(data)));
      socket.close();
    });
    socket.addEventListener('error', () => reject(new Error('the socket was rejected')));
  });
}

export const ajanta = {
  name: 'Ajanta',
  address: { street1: '1 Main Street', city: 'Oakland', state: 'CA', zip: '94612' },
  menu: { menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: '12.34' }] },
};

export const orderOf = (consumerId: number, restaurantId: number) => ({
  consumerId,
  restaurantId,
  deliveryTime: '2030-01-01T19:00:00',
  deliveryAddress: { street1: '9 Amazing View', city: 'Oakland', state: 'CA', zip: '94612' },
  lineItems: [{ menuItemId: '1', quantity: 5 }],
});
