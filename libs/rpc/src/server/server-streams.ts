import { wallClockMs } from '@ftgo/kernel';
import { Overloaded } from '@ftgo/platform';
import type { Metadata, ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';

export type StreamCall = ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>;

/** Why a server ended a stream before its work was done: UNAVAILABLE, so that the client continues elsewhere. */
export class StreamEnded extends Error {
  constructor(reason: string) {
    super(`${reason}; continue with another stream`);
    this.name = 'StreamEnded';
  }
}

/** The client has cancelled the call or disconnected; no one gets this error. */
export class StreamCancelled extends Error {
  constructor() {
    super('the client has disconnected');
    this.name = 'StreamCancelled';
  }
}

/** A stream that a controller serves. */
export interface RpcStream {
  /** Aborts when the client leaves, or the server ends the stream: whatever the stream waits for must end then. */
  readonly signal: AbortSignal;
}

/** A stream, with what is needed to serve it. */
export class ServedStream implements RpcStream {
  private readonly ending = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private expiry: NodeJS.Timeout | undefined;

  constructor(
    readonly call: StreamCall,
    maxAgeMs: number,
  ) {
    call.once('cancelled', () => this.end(new StreamCancelled()));
    this.timer = setTimeout(() => this.end(new StreamEnded('the stream has reached its maximum age')), maxAgeMs).unref();
    if (call.cancelled) this.end(new StreamCancelled());
  }

  get signal(): AbortSignal {
    return this.ending.signal;
  }

  get metadata(): Metadata {
    return this.call.metadata;
  }

  /** Ends it when the token of its caller expires: the client continues with another one. */
  endAt(time: Date): void {
    const milliseconds = Math.min(2 ** 31 - 1, Math.max(0, time.getTime() - wallClockMs()));
    this.expiry = setTimeout(() => this.end(new StreamEnded('the access token has expired')), milliseconds).unref();
  }

  end(reason: Error): void {
    clearTimeout(this.timer);
    clearTimeout(this.expiry);
    this.ending.abort(reason);
  }
}

/** The open streams of a server: how many, how old, and their end when it stops. */
export class ServerStreams {
  private readonly open = new Set<ServedStream>();
  private isStopping = false;

  constructor(
    private readonly limit: number,
    private readonly maxAgeMs: number,
  ) {}

  /** Serves a stream until the work has ended. Throws Overloaded if too many are open. */
  async serve(call: StreamCall, work: (stream: ServedStream) => Promise<void>): Promise<void> {
    if (this.open.size >= this.limit) throw new Overloaded('number of open streams');
    const stream = new ServedStream(call, this.maxAgeMs);
    this.open.add(stream);
    if (this.isStopping) stream.end(stopping());
    try {
      await work(stream);
    } finally {
      this.open.delete(stream);
      stream.end(new StreamCancelled());
    }
  }

  stop(): void {
    this.isStopping = true;
    for (const stream of this.open) stream.end(stopping());
  }
}

const stopping = (): StreamEnded => new StreamEnded('the server is stopping');
