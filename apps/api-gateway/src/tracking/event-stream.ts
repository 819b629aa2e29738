import { caller } from '@ftgo/security';
import type { FastifyReply } from 'fastify';
import { mostUnreadBytes, type OpenStream, type OpenStreams } from './open-streams.js';

/** How long browsers wait before they reconnect. */
const reconnectMs = 2_000;

/** A response of server-sent events (WHATWG HTML, 9.2). */
export class EventStream implements OpenStream {
  private readonly raw;
  private isOpen = true;

  constructor(
    reply: FastifyReply,
    private readonly streams: OpenStreams,
    private readonly onClose: () => void,
  ) {
    this.raw = reply.raw;
    const headers = Object.entries(reply.getHeaders()).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
    reply.hijack();
    this.raw.once('close', () => this.closed());
    // A proxy must neither store the stream nor wait for its end.
    const ours = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };
    this.raw.writeHead(200, { ...Object.fromEntries(headers), ...ours });
    streams.add(this, caller.current);
    this.write(`retry: ${reconnectMs}\n\n`);
    if (this.raw.destroyed) this.closed();
  }

  /** Without an id, a client that reconnects still names the last one that it has received. */
  send(id: number | undefined, data: object): void {
    this.write(`${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);
  }

  beat(): void {
    this.write(':\n\n');
  }

  end(): void {
    if (this.isOpen) this.raw.end();
    this.closed();
  }

  private write(text: string): void {
    if (!this.isOpen) return;
    this.raw.write(text);
    if (this.raw.writableLength <= mostUnreadBytes) return;
    this.streams.noteDropped();
    this.raw.destroy();
    this.closed();
  }

  private closed(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.streams.remove(this);
    this.onClose();
  }
}
