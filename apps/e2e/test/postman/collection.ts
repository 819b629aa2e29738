import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = (name: string) =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../../../postman/${name}`, import.meta.url)), 'utf8')) as unknown;

/** The variable that holds each app's URL. */
export const appOf: Readonly<Record<string, string>> = {
  gatewayUrl: 'api-gateway',
  consumerUrl: 'consumer-service',
  restaurantUrl: 'restaurant-service',
  orderUrl: 'order-service',
  kitchenUrl: 'kitchen-service',
  accountingUrl: 'accounting-service',
  deliveryUrl: 'delivery-service',
  historyUrl: 'order-history-service',
  relayUrl: 'outbox-relay',
};

/** What an app may be asked for. */
export interface Operation {
  readonly app: string;
  readonly method: string;
  /** `/orders/{orderId}`, as OpenAPI writes it. */
  readonly path: string;
  /** The names in the query. */
  readonly queries: readonly string[];
  readonly headers: readonly string[];
}

/** A request of the collection. */
export interface CollectionRequest {
  /** `Order service › Create an order` */
  readonly name: string;
  /** Undefined for one that goes to every app. */
  readonly operation: Operation | undefined;
  readonly tests: string;
}

/** As Postman writes it; the collection uses no other of its shapes. */
interface Item {
  id?: string;
  readonly name: string;
  readonly item?: readonly Item[];
  readonly event?: ReadonlyArray<{ readonly listen: string; readonly script: object }>;
  readonly request?: {
    readonly method: string;
    readonly header: ReadonlyArray<{ readonly key: string }>;
    readonly url: {
      readonly host: readonly string[];
      readonly path: readonly string[];
      readonly query?: ReadonlyArray<{ readonly key: string }>;
    };
  };
}

/** The collection, its items known by their path. */
export class Collection {
  readonly definition = file('ftgo.postman_collection.json') as { readonly item: readonly Item[] };
  readonly requests: readonly CollectionRequest[];

  constructor() {
    this.requests = this.definition.item.flatMap((item) => named(item, []));
  }
}

/** The variables of an environment. */
export function environment(name: string): Record<string, string> {
  const { values } = file(`${name}.postman_environment.json`) as { values: Array<{ key: string; value: string }> };
  return Object.fromEntries(values.map(({ key, value }) => [key, value]));
}

function named(item: Item, folders: readonly string[]): CollectionRequest[] {
  const path = [...folders, item.name];
  item.id = path.join(' › ');
  if (item.item) return item.item.flatMap((inner) => named(inner, path));
  const tests = item.event?.find(({ listen }) => listen === 'test')?.script;
  return [{ name: item.id, operation: operationOf(item), tests: JSON.stringify(tests ?? '') }];
}

function operationOf({ request, id }: Item): Operation | undefined {
  if (!request) throw new Error(`${id} is no request`);
  const variable = /^{{(\w+)}}$/.exec(request.url.host.join('.'))?.[1] ?? '';
  if (variable === 'appUrl') return undefined;
  return {
    app: appOf[variable] ?? `nobody: ${id} goes to ${request.url.host.join('.')}`,
    method: request.method,
    path: `/${request.url.path.join('/')}`.replaceAll(/:(\w+)/g, '{$1}'),
    queries: (request.url.query ?? []).map(({ key }) => key),
    headers: request.header.map(({ key }) => key).filter((key) => key !== 'Content-Type'),
  };
}
