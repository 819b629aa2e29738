import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findApps } from '@ftgo/runner/workspace';

const file = (name: string) =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../../../postman/${name}`, import.meta.url)), 'utf8')) as unknown;

const shortened: Readonly<Record<string, string>> = {
  'api-gateway': 'gateway',
  'order-history-service': 'history',
  'outbox-relay': 'relay',
};

/** `giftCardUrl` for gift-card-service. */
const variableOf = (app: string): string =>
  `${(shortened[app] ?? app.replace(/-service$/, '')).replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())}Url`;

/** The app whose URL each variable holds. */
export const appOf: Readonly<Record<string, string>> = Object.fromEntries(findApps().map(({ name }) => [variableOf(name), name]));

/** An operation of an app. */
export interface Operation {
  readonly app: string;
  readonly method: string;
  /** `/orders/{orderId}`, as in OpenAPI. */
  readonly path: string;
  /** The names in the query. */
  readonly queries: readonly string[];
  readonly headers: readonly string[];
}

/** A request of the collection. */
export interface CollectionRequest {
  /** `Order service › Create an order` */
  readonly name: string;
  /** Undefined for a request to every app. */
  readonly operation: Operation | undefined;
  readonly tests: string;
}

/** In Postman's format, as far as the collection uses it. */
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

/** The collection, with its items by path. */
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
  if (!request) throw new Error(`unknown request ${id}`);
  const variable = /^{{(\w+)}}$/.exec(request.url.host.join('.'))?.[1] ?? '';
  if (variable === 'appUrl') return undefined;
  return {
    app: appOf[variable] ?? `no app: ${id} goes to ${request.url.host.join('.')}`,
    method: request.method,
    path: `/${request.url.path.join('/')}`.replaceAll(/:(\w+)/g, '{$1}'),
    queries: (request.url.query ?? []).map(({ key }) => key),
    headers: request.header.map(({ key }) => key).filter((key) => key !== 'Content-Type'),
  };
}
