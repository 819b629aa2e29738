import { messageContext } from '@ftgo/messaging';
import { failSpan, type Span, SpanKind, startSpan, type TraceParent } from '@ftgo/messaging/telemetry';
import { status } from '@grpc/grpc-js';

/** `/ftgo.order.v1.OrderService/CreateOrder` in the form the semantic conventions require. */
const methodOf = (path: string): string => path.slice(1);

/** The span of one attempt of a call, on the client. */
export function clientSpan(path: string, url: string): Span | undefined {
  return startSpan(methodOf(path), messageContext.open, () => {
    const [, host, port] = /^(?:.*\/)?(.*):(\d+)$/.exec(url) ?? [];
    return {
      kind: SpanKind.CLIENT,
      attributes: { ...attributesOf(path), 'server.address': host ?? url, 'server.port': port === undefined ? undefined : Number(port) },
    };
  });
}

/** The span of a call on the server, a child of the client's. */
export const serverSpan = (path: string, caller: TraceParent): Span | undefined =>
  startSpan(methodOf(path), caller, () => ({ kind: SpanKind.SERVER, attributes: attributesOf(path) }));

/** On the client every status but OK is an error; on the server only those that are its own fault. */
export function endCallSpan(span: Span, code: status, side: 'client' | 'server'): void {
  const name = status[code];
  span.setAttribute('rpc.status_code', name);
  if (side === 'client' ? code !== status.OK : faults.has(code)) failSpan(span, name);
  span.end();
}

const attributesOf = (path: string) => ({ 'rpc.system.name': 'grpc', 'rpc.method': methodOf(path) });

const faults = new Set([
  status.UNKNOWN,
  status.DEADLINE_EXCEEDED,
  status.UNIMPLEMENTED,
  status.INTERNAL,
  status.UNAVAILABLE,
  status.DATA_LOSS,
]);
