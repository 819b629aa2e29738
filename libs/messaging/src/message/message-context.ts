import { AsyncLocalStorage } from 'node:async_hooks';
import { v7 as uuidv7 } from 'uuid';

/** What every message of one request or handler carries on: who started it, what caused it, its trace. */
export interface MessageContext {
  readonly correlationId: string;
  readonly causationId: string;
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

const ambient = new AsyncLocalStorage<MessageContext>();

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
