import { AsyncLocalStorage } from 'node:async_hooks';
import { v7 as uuidv7 } from 'uuid';
import { carriedTrace } from '../telemetry/carried-trace.js';
import type { Envelope, Extensions } from './envelope.js';
import { carriedOf } from './extensions.js';

/** The context that every message of one request or handler carries on: the original request, the cause, the trace. */
export interface MessageContext {
  readonly correlationId: string;
  readonly causationId: string;
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
  /** Extension headers of everything that is sent. */
  readonly extensions?: Extensions | undefined;
  /** The message being handled: for logs. */
  readonly message?: HandledMessage | undefined;
}

/** The log fields of the current message. */
export interface HandledMessage {
  readonly id: string;
  readonly extensions: Extensions;
}

const ambient = new AsyncLocalStorage<MessageContext>();

/** The ambient context of outgoing messages, kept across asynchronous calls. */
export const messageContext = {
  /** Everything that `work` sends belongs to `context`. Set at the edge (HTTP, gRPC) and by the consumer. */
  run: <T>(context: MessageContext, work: () => T): T => ambient.run(context, work),

  /** The current context, if any: for logs. */
  get open(): MessageContext | undefined {
    return ambient.getStore();
  },

  /** The current context, or that of a new request. */
  current(): MessageContext {
    const set = ambient.getStore();
    if (set) return set;
    const requestId = uuidv7();
    return { correlationId: requestId, causationId: requestId };
  },
};

/** The context of handling a message: what is sent is caused by it, and continues its trace or that of its handling. */
export function contextOfMessage(message: Envelope, traceparent = message.traceparent): MessageContext {
  const { id, extensions, correlationId, tracestate } = message;
  const trace = traceparent === undefined ? {} : carriedTrace({ traceparent, tracestate });
  return { correlationId, causationId: id, ...trace, extensions: carriedOf(extensions), message: { id, extensions } };
}
