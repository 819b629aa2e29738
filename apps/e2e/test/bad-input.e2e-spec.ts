import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Ftgo, orderRequest, restaurantRequest, vindaloo } from './ftgo.js';
import { type Answer, call } from './http.js';
import { invariants } from './invariants.js';

let ftgo: Ftgo;
let consumerId: number;
let restaurantId: number;

beforeAll(async () => {
  ftgo = await Ftgo.shared();
  [consumerId, restaurantId] = await Promise.all([ftgo.aConsumer(), ftgo.aRestaurant({ orderMinimum: '10.00' })]);
}, 120_000);

afterAll(() => ftgo?.close());

/** The expected response to an invalid request. */
interface Complaint {
  readonly status: number;
  readonly code: string;
  /** The pointer to the invalid field. */
  readonly pointer?: string;
  /** Part of the detail of the problem or of the field. */
  readonly says: RegExp;
}

interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly traceId: string;
  readonly errors?: ReadonlyArray<{ readonly pointer: string; readonly detail: string }>;
}

function expectProblem({ status, headers, body }: Answer, path: string, complaint: Complaint): void {
  const problem = body as Problem;
  expect({ status, body }).toMatchObject({
    status: complaint.status,
    body: { status: complaint.status, code: complaint.code, instance: path },
  });
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(problem.title).toBeTruthy();
  expect(problem.type).toBeTruthy();
  expect(problem.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(headers.get('x-trace-id')).toBe(problem.traceId);
  if (complaint.pointer !== undefined) expect(problem.errors?.map(({ pointer }) => pointer)).toContain(complaint.pointer);
  expect([problem.detail, ...(problem.errors ?? []).map(({ detail }) => detail)].join('; ')).toMatch(complaint.says);
}

const invalid = (pointer: string, says: RegExp): Complaint => ({ status: 400, code: 'VALIDATION_FAILED', pointer, says });
const order = () => orderRequest({ consumerId, restaurantId });
const line = (over: object) => ({ ...order(), lineItems: [{ menuItemId: '1', quantity: 1, ...over }] });

const badOrders: ReadonlyArray<readonly [what: string, body: () => unknown, complaint: Complaint]> = [
  ['truncated JSON', () => '{"consumerId": 1,', { status: 400, code: 'MALFORMED_REQUEST', says: /JSON/ }],
  [
    'a menu item that the restaurant does not offer',
    () => line({ menuItemId: '99' }),
    { status: 422, code: 'MENU_ITEM_NOT_OFFERED', says: /99/ },
  ],
  ['an unknown restaurant', () => ({ ...order(), restaurantId: 987_654 }), { status: 422, code: 'RESTAURANT_NOT_KNOWN', says: /987654/ }],
  [
    'a total below the restaurant’s order minimum',
    () => ({ ...order(), lineItems: [{ menuItemId: '2', quantity: 1 }] }),
    { status: 422, code: 'ORDER_MINIMUM_NOT_MET', says: /10\.00/ },
  ],
  ['quantity 0', () => line({ quantity: 0 }), invalid('/lineItems/0/quantity', /at least 1/)],
  ['a quantity as a string', () => line({ quantity: '5' }), invalid('/lineItems/0/quantity', /number/)],
  ['a fractional quantity', () => line({ quantity: 1.5 }), invalid('/lineItems/0/quantity', /int/)],
  ['no lines', () => ({ ...order(), lineItems: [] }), invalid('/lineItems', /at least one line/)],
  [
    'more than 100 lines',
    () => ({ ...order(), lineItems: Array.from({ length: 101 }, (_, i) => ({ menuItemId: String(i), quantity: 1 })) }),
    invalid('/lineItems', /100/),
  ],
  [
    'a menu item named twice',
    () => ({ ...order(), lineItems: [1, 2].map((quantity) => ({ menuItemId: '1', quantity })) }),
    invalid('/lineItems/1/menuItemId', /already/),
  ],
  ['no consumer', () => ({ ...order(), consumerId: undefined }), invalid('/consumerId', /missing/)],
  ['consumer 0', () => ({ ...order(), consumerId: 0 }), invalid('/consumerId', /at least 1/)],
  [
    'an address without a city',
    () => ({ ...order(), deliveryAddress: { ...order().deliveryAddress, city: '' } }),
    invalid('/deliveryAddress/city', /empty/),
  ],
  ['a day that does not exist', () => ({ ...order(), deliveryTime: '2030-02-30T18:00:00' }), invalid('/deliveryTime', /ISO 8601/)],
  ['a list in place of a string', () => [], invalid('', /object/)],
  [
    'a body of more than 1 MiB',
    () => ({ ...order(), note: 'x'.repeat(1_100_000) }),
    { status: 413, code: 'BODY_TOO_LARGE', says: /large/i },
  ],
];

const badRestaurants: typeof badOrders = [
  [
    'a price as a number',
    () => restaurantRequest({ menu: [{ ...vindaloo, price: 12.34 as never }] }),
    invalid('/menu/menuItems/0/price', /as text, such as "12\.34"/),
  ],
  [
    'a price with three decimals',
    () => restaurantRequest({ menu: [{ ...vindaloo, price: '12.345' }] }),
    invalid('/menu/menuItems/0/price', /two decimals/),
  ],
  [
    'a negative price',
    () => restaurantRequest({ menu: [{ ...vindaloo, price: '-1.00' }] }),
    invalid('/menu/menuItems/0/price', /not negative/),
  ],
  [
    'an order minimum as an object',
    () => restaurantRequest({ orderMinimum: { amount: '1' } as never }),
    invalid('/orderMinimum', /as text/),
  ],
  ['a menu item named twice', () => restaurantRequest({ menu: [vindaloo, vindaloo] }), invalid('/menu/menuItems/1/id', /already|twice/)],
  ['a name of 256 characters', () => ({ ...restaurantRequest({}), name: 'x'.repeat(256) }), invalid('/name', /255/)],
];

const badConsumers: typeof badOrders = [
  ['an empty name', () => ({ name: { firstName: '', lastName: 'L' } }), invalid('/name/firstName', /empty/)],
  ['no name', () => ({}), invalid('/name', /missing/)],
  ['a number in place of a name', () => ({ name: { firstName: 1, lastName: 'L' } }), invalid('/name/firstName', /string/)],
];

const doors = [
  ['/orders', ['api-gateway', 'order-service'], badOrders],
  ['/restaurants', ['api-gateway', 'restaurant-service'], badRestaurants],
  ['/consumers', ['api-gateway', 'consumer-service'], badConsumers],
] as const;

describe.each(doors.flatMap(([path, apps, cases]) => apps.map((app) => ({ path, app, cases }))))(
  'POST $path at $app',
  ({ path, app, cases }) => {
    let before: Record<string, number>;
    beforeAll(async () => {
      expect(await invariants(ftgo)).toEqual([]); // when nothing is in flight
      before = await ftgo.databases.counts();
    });

    test('rejects invalid input with the reason, and stores nothing', async () => {
      for (const [what, body, complaint] of cases) {
        const answer = await call('POST', ftgo.url(app, path), body());
        try {
          expectProblem(answer, path, complaint);
        } catch (error) {
          (error as Error).message = `${what}: ${(error as Error).message}`;
          throw error;
        }
      }
      expect(await ftgo.databases.counts()).toEqual(before);
    });

    test('accepts only JSON', async () => {
      const answer = await call('POST', ftgo.url(app, path), '<order/>', { 'content-type': 'application/xml' });
      expectProblem(answer, path, { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE', says: /media type|application\/xml/i });
      expect(await ftgo.databases.counts()).toEqual(before);
    });

    test('returns 404 for unknown routes', async () => {
      const answer = await call('POST', ftgo.url(app, '/nothing-here'), {});
      expectProblem(answer, '/nothing-here', { status: 404, code: 'ROUTE_NOT_FOUND', says: /nothing-here/ });
    });
  },
);

test('all problems of a request are listed at once', async () => {
  const body = { consumerId: 0, restaurantId, lineItems: [{ menuItemId: '', quantity: 0 }] };
  for (const app of ['api-gateway', 'order-service']) {
    const { body: problem } = await call('POST', ftgo.url(app, '/orders'), body);
    expect((problem as Problem).errors?.map(({ pointer }) => pointer).toSorted()).toEqual(
      ['/consumerId', '/deliveryAddress', '/deliveryTime', '/lineItems/0/menuItemId', '/lineItems/0/quantity'].toSorted(),
    );
  }
});

test.each([
  ['order-service', '/orders', 'ORDER_NOT_FOUND'],
  ['api-gateway', '/orders', 'ORDER_NOT_FOUND'],
  ['kitchen-service', '/tickets', 'TICKET_NOT_FOUND'],
  ['consumer-service', '/consumers', 'CONSUMER_NOT_FOUND'],
  ['restaurant-service', '/restaurants', 'RESTAURANT_NOT_FOUND'],
])('%s returns 404 for an unknown id and 400 for an invalid one: %s', async (app, path, code) => {
  expectProblem(await call('GET', ftgo.url(app, `${path}/987654`)), `${path}/987654`, { status: 404, code, says: /987654/ });
  expect((await call('GET', ftgo.url(app, `${path}/abc`))).status).toBe(400);
});

type Schema = Readonly<Record<string, unknown>>;

interface Operation {
  readonly parameters?: ReadonlyArray<{ readonly in: string; readonly name: string; readonly required?: boolean; readonly schema: Schema }>;
  readonly requestBody?: Schema;
}

interface Api {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** The described requests of an application, by method and path, with references to schemas resolved. */
async function requestsOf(app: string): Promise<Map<string, Operation>> {
  const { body } = await call('GET', ftgo.url(app, '/openapi.json'));
  const resolved = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(resolved);
    const { $ref, ...rest } = value as { $ref?: string };
    if ($ref === undefined) return Object.fromEntries(Object.entries(rest).map(([name, each]) => [name, resolved(each)]));
    return resolved(
      $ref
        .slice(2)
        .split('/')
        .reduce<unknown>((at, step) => (at as Schema)[step], body),
    );
  };
  return new Map(
    Object.entries((body as Api).paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, { parameters = [], requestBody }]) => {
        const asked = { parameters, ...(requestBody && { requestBody }) };
        return [`${method.toUpperCase()} ${path}`, resolved(asked) as Operation] as const;
      }),
    ),
  );
}

const services = [
  'consumer-service',
  'order-service',
  'kitchen-service',
  'restaurant-service',
  'accounting-service',
  'order-history-service',
  'delivery-service',
];

const ownerOf = (route: string): string => {
  if (route.startsWith('GET /orders')) return 'order-history-service';
  const owners = {
    orders: 'order',
    consumers: 'consumer',
    restaurants: 'restaurant',
    tickets: 'kitchen',
    deliveries: 'delivery',
    couriers: 'delivery',
  };
  return `${owners[route.split('/')[1] as keyof typeof owners]}-service`;
};

test('the gateway describes every request exactly as the owning service does', async () => {
  const asked = new Map(await Promise.all(services.map(async (app) => [app, await requestsOf(app)] as const)));
  // Only the gateway has them: a complete order, what happens to it, and what concerns the whole system.
  const isOwn = (route: string) =>
    ['GET /orders/{orderId}', 'GET /orders/{orderId}/events'].includes(route) || route.includes(' /operations/');
  for (const [route, ofGateway] of await requestsOf('api-gateway')) {
    if (!isOwn(route)) expect(ofGateway, route).toEqual(asked.get(ownerOf(route))?.get(route));
  }
});

/** A type described without one of these is less strict than the check. */
const rulesOf: Readonly<Record<string, ReadonlyArray<readonly string[]>>> = {
  string: [['pattern'], ['enum']],
  integer: [['minimum', 'maximum']],
  array: [['maxItems']],
};

/** The parts of a schema with their paths. */
function* partsOf(schema: Schema, at: string): Generator<readonly [at: string, schema: Schema]> {
  yield [at, schema];
  const { properties = {}, items, anyOf = [] } = schema as { properties?: Record<string, Schema>; items?: Schema; anyOf?: Schema[] };
  for (const [name, property] of Object.entries(properties)) yield* partsOf(property, `${at}/${name}`);
  for (const each of [items ?? [], anyOf].flat()) yield* partsOf(each, at);
}

const isWide = (schema: Schema): boolean =>
  [schema['type']].flat().some((type) => {
    const rules = rulesOf[String(type)];
    return rules !== undefined && !rules.some((keywords) => keywords.every((keyword) => keyword in schema));
  });

test.each([...services, 'api-gateway'])('%s describes every field of a request with the constraints that it checks', async (app) => {
  const described = [...(await requestsOf(app))].flatMap(([route, { parameters = [], requestBody }]) => {
    const content = requestBody?.['content'] as { 'application/json': { schema: Schema } } | undefined;
    const body = content ? [...partsOf(content['application/json'].schema, route)] : [];
    return [...parameters.flatMap(({ name, schema }) => [...partsOf(schema, `${route} ${name}`)]), ...body];
  });
  expect(described.length).toBeGreaterThan(0);
  expect(described.flatMap(([at, schema]) => (isWide(schema) ? [at] : []))).toEqual([]);
});
