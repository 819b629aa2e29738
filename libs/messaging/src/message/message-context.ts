import { AsyncLocalStorage } from 'node:async_hooks';
import { v7 as uuidv7 } from 'uuid';
import { carriedTrace } from '../telemetry/carried-trace.js';
import type { Envelope, Extensions } from './envelope.js';
import { carriedOf } from './extensions.js';

/** What every message of one request or handler carries on: who started it, what caused it, its trace. */
export interface MessageContext {
  readonly correlationId: string;
  readonly causationId: string;
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
  /** Extension headers of everything that is sent. */
  readonly extensions?: Extensions | undefined;
  /** The message that is being handled: for logs. */
  readonly message?: HandledMessage | undefined;
}

/** What log lines say of the message in hand. */
export interface HandledMessage {
  readonly id: string;
  readonly extensions: Extensions;
}

const ambient = new AsyncLocalStorage<MessageContext>();

/** The ambient context of what is sent, kept through asynchronous calls. */
export const messageContext = {
  /** Everything that `work` sends belongs to `context`. Set at the edge (HTTP, gRPC) and by the consumer. */
  run: <T>(context: MessageContext, work: () => T): T => ambient.run(context, work),

  /** The context that is set, if any: for logs. */
  get open(): MessageContext | undefined {
    return ambient.getStore();
  },

  /** The context that is set, or that of a request of its own. */
  current(): MessageContext {
    const set = ambient.getStore();
    if (set) return set;
    const requestId = uuidv7();
    return { correlationId: requestId, causationId: requestId };
  },
};

/** What belongs to the handling of a message: what it sends is caused by it, and goes on with its trace or that of its handling. */
export function contextOfMessage(message: Envelope, traceparent = message.traceparent): MessageContext {
  const { id, extensions, correlationId, tracestate } = message;
  const trace = traceparent === undefined ? {} : carriedTrace({ traceparent, tracestate });
  return { correlationId, causationId: id, ...trace, extensions: carriedOf(extensions), message: { id, extensions } };
}
