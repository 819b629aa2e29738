import { OrderHistoryServiceApi } from '@ftgo/contracts/orderhistory';
import { grpcClient } from '@ftgo/rpc';
import { caller } from '@ftgo/security';
import { eventually } from '@ftgo/testing';
import { senders } from './http.js';

/** An entry of a timeline, as every client gets it. */
export interface SeenEntry {
  readonly n: number;
  readonly at: string;
  readonly type: string;
}

/** The token of the person who has placed the order; undefined while security is off. */
const tokenFor = async (gateway: string, orderId: number): Promise<string | undefined> =>
  (await senders()?.principalOf({ method: 'GET', url: `${gateway}/orders/${orderId}` }))?.token;

/** From a browser, a WebSocket offers the token after the protocol that it speaks. */
const offering = (protocol: string, token: string): string[] => [protocol, `bearer.${token}`];

/**
 * What differs between the protocols only in form: null for absent (GraphQL), ids as strings (GraphQL), times as dates (gRPC). With
 * security on, the operator who follows by gRPC sees the actors, and the consumer does not.
 */
const normalised = (entry: object): SeenEntry =>
  JSON.parse(JSON.stringify(entry), (key, value: unknown) => {
    if (value === null || (key === 'actor' && senders())) return undefined;
    if (key === 'courierId') return Number(value);
    return typeof value === 'string' && (key === 'at' || key === 'readyBy') ? value.replace(/Z$/, '') : value;
  }) as SeenEntry;

/** A client that follows an order. */
export interface Follower {
  readonly seen: readonly SeenEntry[];
  close(): void;
}

export async function followByEvents(gateway: string, orderId: number): Promise<Follower> {
  const abort = new AbortController();
  const token = await tokenFor(gateway, orderId);
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${gateway}/orders/${orderId}/events`, { headers, signal: abort.signal });
  const seen: SeenEntry[] = [];
  void read(response, (line) => {
    if (line.startsWith('data: ')) seen.push(normalised(JSON.parse(line.slice('data: '.length)) as object));
  });
  return { seen, close: () => abort.abort() };
}

async function read(response: Response, onLine: (line: string) => void): Promise<void> {
  let rest = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) {
      const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(onLine);
    }
  } catch {
    // Closed by the test.
  }
}

export async function followBySocket(gateway: string, orderId: number): Promise<Follower> {
  const seen: SeenEntry[] = [];
  const token = await tokenFor(gateway, orderId);
  const protocols = token === undefined ? [] : offering('ftgo', token);
  const socket = await opened(() => new WebSocket(`${gateway.replace('http', 'ws')}/ws`, protocols));
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as { type: string; event: object };
    if (message.type === 'event') seen.push(normalised(message.event));
  });
  socket.send(JSON.stringify({ type: 'subscribe', orderId }));
  return { seen, close: () => socket.close() };
}

export async function followByGraphql(gateway: string, orderId: number): Promise<Follower> {
  const seen: SeenEntry[] = [];
  const token = await tokenFor(gateway, orderId);
  const protocol = 'graphql-transport-ws';
  const protocols = token === undefined ? protocol : offering(protocol, token);
  const socket = await opened(() => new WebSocket(`${gateway.replace('http', 'ws')}/graphql`, protocols));
  const fields = 'n at type order { state } ticket { state readyBy } delivery { state courierId } position { lat lon } actor';
  const query = `subscription { orderTracked(orderId: "${orderId}") { ${fields} } }`;
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as { type: string; payload: { data: { orderTracked: object } } };
    if (message.type === 'connection_ack') socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
    if (message.type === 'next') seen.push(normalised(message.payload.data.orderTracked));
  });
  socket.send(JSON.stringify({ type: 'connection_init' }));
  return { seen, close: () => socket.close() };
}

/** Follows an order at order-history-service itself, as operators may. */
export async function followByGrpc(orderHistory: string, orderId: number): Promise<Follower> {
  const client = grpcClient(OrderHistoryServiceApi, { url: orderHistory });
  const left = new AbortController();
  const seen: SeenEntry[] = [];
  const follow = async (): Promise<void> => {
    const stream = client.calls.replayTimeline({ orderId, after: 0, follow: true }, { signal: left.signal });
    for await (const { entry } of stream) {
      const { orderId: _, ...shown } = entry;
      seen.push(normalised(shown));
    }
    client.close();
  };
  const operator = await senders()?.principalOf({ method: 'GET', url: 'http://order-history-service/operations' });
  void caller.run(operator, follow);
  return { seen, close: () => left.abort() };
}

/** As clients do, it connects again if that fails. */
function opened(connect: () => WebSocket): Promise<WebSocket> {
  return eventually(async () => {
    const socket = connect();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('close', ({ code, reason }) => reject(new Error(`the WebSocket was closed by ${code} ${reason}`)));
    await promise;
    return socket;
  });
}
