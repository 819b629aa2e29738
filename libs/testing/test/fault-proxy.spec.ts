import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, type FaultProxy, faultProxy } from '../src/index.js';

/** One end of a connection, and its events. */
class End {
  received = '';
  ended = false;
  error: string | undefined;

  constructor(readonly socket: Socket) {
    socket.on('data', (bytes: Buffer) => {
      this.received += bytes.toString();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code;
    });
    socket.on('close', () => {
      this.ended = true;
    });
  }

  send(text: string): void {
    this.socket.write(text);
  }
}

describe('a fault proxy', () => {
  let server: Server;
  let proxy: FaultProxy;
  let served: End[] = [];
  let clients: End[] = [];

  beforeEach(async () => {
    [served, clients] = [[], []];
    server = createServer((socket) => void served.push(new End(socket))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    proxy = await faultProxy({ to: `127.0.0.1:${(server.address() as AddressInfo).port}` });
  });

  afterEach(() => {
    proxy.close();
    for (const { socket } of [...clients, ...served]) socket.destroy();
    server.close();
  });

  const opened = async (): Promise<{ client: End; host: End }> => {
    const client = new End(connect(proxy.port, '127.0.0.1'));
    clients.push(client);
    client.send('hello ');
    const host = await eventually(() => {
      const found = served.at(-1);
      expect(served).toHaveLength(clients.length);
      expect(found?.received).toBe('hello ');
      return found as End;
    });
    return { client, host };
  };
  /** Sends bytes through the proxy and back. */
  const roundTrip = async () => {
    const { client, host } = await opened();
    host.send('!');
    await eventually(() => expect(client.received).toBe('!'));
  };

  it('forwards bytes and ends in both directions', async () => {
    const { client, host } = await opened();
    host.send('welcome');
    await eventually(() => expect(client.received).toBe('welcome'));
    client.socket.end('bye');
    await eventually(() => expect([host.received, host.ended, proxy.open]).toEqual(['hello bye', true, 0]));
  });

  it('silences open connections, without a FIN or an RST, but not new ones', async () => {
    const { client, host } = await opened();
    proxy.silence();
    client.send('anyone?');
    host.socket.end('bye');
    await roundTrip();
    expect([host.received, client.received, client.ended, client.error]).toEqual(['hello ', '', false, undefined]);
  });

  it('forwards bytes it has held back, in order, when a connection flows again', async () => {
    const { client, host } = await opened();
    proxy.silence();
    client.send('one ');
    await roundTrip();
    client.send('two');
    proxy.forward();
    await eventually(() => expect(host.received).toBe('hello one two'));
  });

  it('silences one direction only', async () => {
    const { client, host } = await opened();
    proxy.silence('to-client');
    client.send('anyone?');
    host.send('yes');
    await eventually(() => expect(host.received).toBe('hello anyone?'));
    await roundTrip();
    expect(client.received).toBe('');
  });

  it('silences a connection when the client sends a given text, which does not arrive', async () => {
    proxy.silenceWhenSent('START');
    const { client, host } = await opened();
    client.send('START now');
    await roundTrip();
    expect([host.received, client.ended]).toEqual(['hello ', false]);
  });

  it('leaves a connection half-open when one side disappears', async () => {
    const { client, host } = await opened();
    proxy.lose('server');
    await eventually(() => expect(host.ended).toBe(true));
    client.send('anyone?');
    await roundTrip();
    expect([client.ended, client.received]).toEqual([false, '']);
  });

  it('cuts connections with an RST', async () => {
    const { client, host } = await opened();
    proxy.cut();
    await eventually(() => expect([client.error, host.error]).toEqual(['ECONNRESET', 'ECONNRESET']));
  });

  it('delays bytes and keeps their order', async () => {
    const { client, host } = await opened();
    proxy.delay(200);
    const sentAt = performance.now();
    client.send('one ');
    client.send('two');
    await eventually(() => expect(host.received).toBe('hello one two'));
    // Timers may fire a fraction of a millisecond early.
    expect(performance.now() - sentAt).toBeGreaterThan(195);
  });

  it('refuses new connections, keeps open ones, and admits connections again', async () => {
    const { client, host } = await opened();
    await proxy.admit('refuse');
    const refused = new End(connect(proxy.port, '127.0.0.1'));
    await eventually(() => expect(refused.error).toBe('ECONNREFUSED'));
    client.send('still here');
    await eventually(() => expect(host.received).toBe('hello still here'));
    await proxy.admit('forward');
    await roundTrip();
  });

  it('accepts new connections and never responds', async () => {
    await proxy.admit('silent');
    const unanswered = new End(connect(proxy.port, '127.0.0.1'));
    unanswered.send('hello');
    await eventually(() => expect(proxy.open).toBe(1));
    await proxy.admit('forward');
    await roundTrip();
    expect([unanswered.received, unanswered.ended, served.length]).toEqual(['', false, 1]);
  });

  it('rewrites a URL to go through it', () => {
    const { port } = proxy;
    expect(proxy.url('postgres://me:secret@db.example:5432/orders?a=1')).toBe(`postgres://me:secret@127.0.0.1:${port}/orders?a=1`);
  });
});
