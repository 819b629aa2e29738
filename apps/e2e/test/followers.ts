import { OrderHistoryServiceApi } from '@ftgo/contracts/orderhistory';
import { grpcClient } from '@ftgo/rpc';
import { eventually } from '@ftgo/testing';

/** An entry of a timeline, as every client gets it. */
export interface SeenEntry {
  readonly n: number;
  readonly type: string;
}

/** A client that follows an order. */
export interface Follower {
  readonly seen: readonly SeenEntry[];
  close(): void;
}

export async function followByEvents(gateway: string, orderId: number): Promise<Follower> {
  const abort = new AbortController();
  const response = await fetch(`${gateway}/orders/${orderId}/events`, { signal: abort.signal });
  const seen: SeenEntry[] = [];
  void read(response, (line) => {
    if (line.startsWith('data: ')) seen.push(JSON.parse(line.slice('data: '.length)) as SeenEntry);
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
  const socket = await opened(new WebSocket(`${gateway.replace('http', 'ws')}/ws`));
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as { type: string; event: SeenEntry };
    if (message.type === 'event') seen.push(message.event);
  });
  socket.send(JSON.stringify({ type: 'subscribe', orderId }));
  return { seen, close: () => socket.close() };
}

export async function followByGraphql(gateway: string, orderId: number): Promise<Follower> {
  const seen: SeenEntry[] = [];
  const socket = await opened(new WebSocket(`${gateway.replace('http', 'ws')}/graphql`, 'graphql-transport-ws'));
  const query = `subscription { orderTracked(orderId: "${orderId}") { n at type } }`;
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as { type: string; payload: { data: { orderTracked: SeenEntry } } };
    if (message.type === 'connection_ack') socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
    if (message.type === 'next') seen.push(message.payload.data.orderTracked);
  });
  socket.send(JSON.stringify({ type: 'connection_init' }));
  return { seen, close: () => socket.close() };
}

/** Follows an order at order-history-service itself. */
export function followByGrpc(orderHistory: string, orderId: number): Follower {
  const client = grpcClient(OrderHistoryServiceApi, { url: orderHistory });
  const left = new AbortController();
  const seen: SeenEntry[] = [];
  const follow = async (): Promise<void> => {
    const stream = client.calls.replayTimeline({ orderId, after: 0, follow: true }, { signal: left.signal });
    for await (const { entry } of stream) seen.push(entry);
    client.close();
  };
  void follow();
  return { seen, close: () => left.abort() };
}

async function opened(socket: WebSocket): Promise<WebSocket> {
  await eventually(() => {
    if (socket.readyState !== WebSocket.OPEN) throw new Error(`the WebSocket is not open: state ${socket.readyState}`);
  });
  return socket;
}
