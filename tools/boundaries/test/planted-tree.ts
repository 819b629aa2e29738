import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { causesOf, describeCause } from '../causes.js';
import { checkBoundaries, type Violation } from '../check.js';

const entry = (path: string) => ({ '@ftgo/source': path });

const lib = (name: string, exports: Record<string, object> = { '.': entry('./src/index.ts') }, more: object = {}) =>
  JSON.stringify({ name: `@ftgo/${name}`, type: 'module', exports, ...more });

const app = (name: string, contracts: readonly string[]) =>
  JSON.stringify({
    name: `@ftgo/${name}`,
    type: 'module',
    ftgo: { contracts },
    dependencies: {
      '@ftgo/kernel': '1',
      '@ftgo/ftgo': '1',
      '@ftgo/messaging': '1',
      '@ftgo/contracts': '1',
      '@ftgo/rest': '1',
      '@ftgo/restaurant-replica': '1',
      '@nestjs/common': '1',
    },
    devDependencies: { '@ftgo/testing': '1', '@platformatic/kafka': '1' },
  });

const needs = {
  dependencies: {
    '@ftgo/kernel': '1',
    '@ftgo/messaging': '1',
    '@ftgo/messaging-kafka': '1',
    '@ftgo/messaging-postgres': '1',
    '@nestjs/common': '1',
    '@platformatic/kafka': '1',
  },
};

/** A small repository that violates no rule. */
const lawful: Record<string, string> = {
  'tsconfig.base.json': JSON.stringify({ compilerOptions: { module: 'nodenext', target: 'es2024', customConditions: ['@ftgo/source'] } }),
  'package.json': JSON.stringify({ name: 'planted', type: 'module' }),
  'libs/kernel/package.json': lib('kernel'),
  'libs/kernel/src/index.ts': 'export const money = 1;',
  'libs/ftgo/package.json': lib('ftgo'),
  'libs/ftgo/src/index.ts': "import { money } from '@ftgo/kernel';\nexport const orderId = money;",
  'libs/messaging/package.json': lib(
    'messaging',
    { '.': entry('./src/index.ts'), './outbox-table': entry('./src/outbox-table.ts') },
    needs,
  ),
  'libs/messaging/src/index.ts': "export { handler } from './handling/handler.js';\nexport { outbox } from './outbox/outbox.js';",
  'libs/messaging/src/handling/handler.ts': "import { outbox } from '../outbox/outbox.js';\nexport const handler = outbox;",
  'libs/messaging/src/outbox/outbox.ts': "import { money } from '@ftgo/kernel';\nexport const outbox = money;",
  'libs/messaging/src/outbox-table.ts': "export { outbox } from './outbox/outbox.js';",
  'libs/messaging-kafka/package.json': lib('messaging-kafka', undefined, needs),
  'libs/messaging-kafka/src/index.ts': "import { Producer } from '@platformatic/kafka';\nexport const producer = Producer;",
  'libs/messaging-postgres/package.json': lib('messaging-postgres', undefined, needs),
  'libs/messaging-postgres/src/index.ts': "import { outbox } from '@ftgo/messaging/outbox-table';\nexport const append = outbox;",
  'libs/sagas/package.json': lib('sagas', { '.': entry('./src/index.ts'), './nest': entry('./src/nest/index.ts') }, needs),
  'libs/sagas/src/index.ts': 'export const saga = 1;',
  'libs/sagas/src/nest/index.ts':
    "import { Module } from '@nestjs/common';\nimport { saga } from '../index.js';\nexport const sagas = [Module, saga];",
  'libs/outbox-relay/package.json': lib('outbox-relay', undefined, needs),
  'libs/outbox-relay/src/index.ts': "import { outbox } from '@ftgo/messaging/outbox-table';\nexport const relay = outbox;",
  'libs/contracts/package.json': lib(
    'contracts',
    { './kitchen': entry('./src/kitchen.ts'), './order': entry('./src/order.ts'), './examples': entry('./examples/index.ts') },
    needs,
  ),
  'libs/contracts/examples/index.ts': 'export const example = 1;',
  'libs/contracts/src/kitchen.ts': 'export const CreateTicket = 1;',
  'libs/contracts/src/order.ts': 'export const OrderCreated = 1;',
  'libs/platform/package.json': lib('platform'),
  'libs/platform/src/index.ts':
    "import { database } from './database/database.js';\nimport { problem } from './http/problem.js';\nexport const platform = [database, problem];",
  'libs/platform/src/database/database.ts':
    "import { idempotencyKey } from '../idempotency/idempotency-key.js';\nexport const database = idempotencyKey;",
  'libs/platform/src/errors/unavailable.ts': 'export const unavailable = 1;',
  'libs/platform/src/http/problem.ts':
    "import { unavailable } from '../errors/unavailable.js';\nimport { idempotencyKey } from '../idempotency/idempotency-key.js';\nexport const problem = [idempotencyKey, unavailable];",
  'libs/platform/src/idempotency/idempotency-key.ts': 'export const idempotencyKey = 1;',
  'libs/restaurant-replica/package.json': lib('restaurant-replica'),
  'libs/restaurant-replica/src/index.ts': 'export const replica = 1;',
  'libs/rest/package.json': lib('rest', { './kitchen': entry('./src/kitchen.ts') }),
  'libs/rest/src/kitchen.ts': 'export const ticket = 1;',
  'libs/runner/package.json': lib('runner', { './processes': entry('./src/process/index.ts') }),
  'libs/runner/src/process/index.ts': 'export const freePort = 1;',
  'libs/testing/package.json': lib('testing'),
  'libs/testing/src/index.ts': "import { freePort } from '@ftgo/runner/processes';\nexport const eventually = freePort;",
  'apps/order-service/package.json': app('order-service', ['order']),
  'apps/order-service/src/config.ts': 'export const port = process.env.FTGO_HTTP_PORT;',
  'apps/order-service/src/order/order.ts':
    "import { orderId } from '@ftgo/ftgo';\nimport { money } from '@ftgo/kernel';\nimport { lines } from './order-line-items.js';\nexport const order = orderId + money + lines;",
  'apps/order-service/src/order/order-line-items.ts': 'export const lines = 1;',
  'apps/order-service/src/order/order.repository.ts': "import { order } from './order.js';\nexport const repository = order;",
  'apps/order-service/src/order/order.service.ts':
    "import { OrderCreated } from '@ftgo/contracts/order';\nimport { outbox } from '@ftgo/messaging';\nimport { repository } from './order.repository.js';\nexport const service = [repository, outbox, OrderCreated];",
  'apps/order-service/src/order/order.http.controller.ts':
    "import { Get } from '@nestjs/common';\nimport { service } from './order.service.js';\nexport const controller = [Get, service];",
  'apps/order-service/test/order.component-spec.ts':
    "import { eventually } from '@ftgo/testing';\nimport { service } from '../src/order/order.service.js';\nexport const spec = [eventually, service];",
  'apps/order-service/test/order.contract-spec.ts': "import { example } from '@ftgo/contracts/examples';\nexport const spec = example;",
  'apps/kitchen-service/package.json': app('kitchen-service', ['kitchen']),
  'apps/kitchen-service/src/ticket.ts': 'export const ticket = 1;',
  'tools/start.ts': 'export const start = 1;',
};

const packages = ['@nestjs/common', '@platformatic/kafka', 'undeclared'];

/** Adds files to the valid repository and returns the names of the violated rules. */
export async function rulesBrokenBy(planted: Record<string, string>): Promise<string[]> {
  return [...new Set((await violationsIn(planted)).map(({ rule }) => rule))].toSorted();
}

/** The same, as the check prints it. */
export const reportOn = async (planted: Record<string, string>): Promise<string[]> =>
  causesOf(await violationsIn(planted)).map(describeCause);

async function violationsIn(planted: Record<string, string>): Promise<Violation[]> {
  const root = mkdtempSync(join(tmpdir(), 'ftgo-boundaries-'));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  try {
    for (const [path, text] of Object.entries({ ...lawful, ...planted })) write(path, text);
    for (const name of packages) {
      write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
      write(`node_modules/${name}/index.js`, 'module.exports = {};');
    }
    mkdirSync(join(root, 'node_modules/@ftgo'));
    for (const name of [
      'kernel',
      'ftgo',
      'messaging',
      'messaging-kafka',
      'messaging-postgres',
      'outbox-relay',
      'contracts',
      'rest',
      'restaurant-replica',
      'runner',
      'testing',
    ])
      symlinkSync(join(root, 'libs', name), join(root, 'node_modules/@ftgo', name));
    return await checkBoundaries(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}
