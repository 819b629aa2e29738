import { type Decision, decisionOf } from '@ftgo/security';
import { exportsOf } from '../architecture/drawing.js';

/** An operation that clients can call, and who may call it while security is on. */
export interface Endpoint {
  /** The app that has it, or the library that adds it to several apps. */
  readonly owner: string;
  readonly protocol: 'REST' | 'gRPC';
  /** `POST /orders/:orderId/cancel`, or `ftgo.order.v1.OrderService/CancelOrder`. */
  readonly name: string;
  /** Undefined if the code states nothing: then no one may call it. */
  readonly decision: Decision | undefined;
}

/** Nest's metadata, and the numbers of its enum RequestMethod. */
const metadata = { path: 'path', method: 'method', pattern: 'microservices:pattern' };
const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'];

type Handler = (...args: never) => unknown;

/** All operations of controllers, in the code's order within each file. */
export async function endpoints(root: string): Promise<Endpoint[]> {
  const exported = await exportsOf(root, 'apps/*/src/**/*.controller.ts', 'libs/*/src/**/*.controller.ts');
  return exported.flatMap(({ file, value }) => {
    if (typeof value !== 'function' || !Reflect.hasMetadata(metadata.path, value)) return [];
    const owner = file.startsWith('apps/') ? (file.split('/')[1] ?? '') : file.split('/', 2).join('/');
    const prefix = String(Reflect.getMetadata(metadata.path, value));
    const { prototype } = value as { prototype: object };
    const handlers = Object.values(Object.getOwnPropertyDescriptors(prototype)).map(({ value: handler }) => handler as unknown);
    return handlers.flatMap((handler) => (typeof handler === 'function' ? endpointOf(handler as Handler, { owner, prefix }) : []));
  });
}

function endpointOf(handler: Handler, { owner, prefix }: { owner: string; prefix: string }): Endpoint[] {
  const decision = decisionOf(handler);
  if (Reflect.hasMetadata(metadata.method, handler)) {
    const method = methods[Number(Reflect.getMetadata(metadata.method, handler))] ?? 'ALL';
    const path = [prefix, String(Reflect.getMetadata(metadata.path, handler))].flatMap((part) => part.split('/')).filter(Boolean);
    return [{ owner, protocol: 'REST', name: `${method} /${path.join('/')}`, decision }];
  }
  const patterns = (Reflect.getMetadata(metadata.pattern, handler) ?? []) as Array<{ service: string; rpc: string }>;
  return patterns.map(({ service, rpc }) => ({ owner, protocol: 'gRPC', name: `${service}/${rpc}`, decision }));
}
