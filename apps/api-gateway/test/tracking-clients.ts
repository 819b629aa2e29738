import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';

/** A client of server-sent events, without what browsers add. */
export interface EventsClient {
  readonly status: number;
  readonly headers: Headers;
  readonly events: Array<{ readonly id: string; readonly data: Record<string, unknown> }>;
  /** Everything received so far. */
  readonly text: string;
  readonly isOpen: boolean;
  close(): void;
}

export async function openEvents(url: string, headers: Record<string, string> = {}): Promise<EventsClient> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  const state = { text: '', isOpen: true };
  void (async () => {
    try {
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) state.text += decoder.decode(chunk as Uint8Array, { stream: true });
    } catch {
      // Closed by the test, or reset by the server.
    }
    state.isOpen = false;
  })();
  return {
    status: response.status,
    headers: response.headers,
    get text() {
      return state.text;
    },
    get isOpen() {
      return state.isOpen;
    },
    get events() {
      return eventsIn(state.text);
    },
    close: () => abort.abort(),
  };
}

const eventsIn = (text: string): EventsClient['events'] =>
  [...text.matchAll(/^id: (.*)\ndata: (.*)\n\n/gm)].map(([, id = '', data = '{}']) => ({
    id,
    data: JSON.parse(data) as Record<string, unknown>,
  }));

/** A client that sends a request and then reads nothing. */
export async function openWithoutReading(url: string, path: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.pause();
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(`GET ${path} HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
  return socket;
}

export interface SocketClient {
  readonly socket: WebSocket;
  readonly messages: Array<Record<string, unknown> & { readonly type: string }>;
  /** Of the closing handshake, once it is closed. */
  readonly closed: { code?: number };
  send(message: unknown): void;
}

export async function openSocket(url: string, options: { origin?: string; autoPong?: boolean } = {}): Promise<SocketClient> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws`, options);
  const messages: SocketClient['messages'] = [];
  const closed: SocketClient['closed'] = {};
  socket.on('message', (data) => messages.push(JSON.parse((data as Buffer).toString()) as SocketClient['messages'][number]));
  socket.on('close', (code) => Object.assign(closed, { code }));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return { socket, messages, closed, send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)) };
}
