import { describe, expect, it } from 'vitest';
import { reportOn, rulesBrokenBy } from './planted-tree.js';

const uses = (specifier: string) => `import * as used from '${specifier}';\nexport const planted = used;\n`;

const order = 'apps/order-service/src/order';

describe('the boundary rules', () => {
  it('find no violation in a valid tree', async () => {
    expect(await rulesBrokenBy({})).toEqual([]);
  });

  it.each([
    ['an app imports another app', `${order}/x.service.ts`, uses('../../../kitchen-service/src/ticket.js'), 'no-app-to-other-app'],
    ['a lib imports an app', 'libs/messaging/src/x.ts', uses('../../../apps/kitchen-service/src/ticket.js'), 'no-lib-to-app'],
    ['a lib imports one above it', 'libs/kernel/src/x.ts', uses('@ftgo/messaging'), 'libs-below-kernel'],
    ['messaging imports FTGO code', 'libs/messaging/src/x.ts', uses('@ftgo/contracts/order'), 'libs-below-messaging'],
    ['messaging imports its Kafka adapter', 'libs/messaging/src/x.ts', uses('@ftgo/messaging-kafka'), 'libs-below-messaging'],
    ['messaging imports its PostgreSQL adapter', 'libs/messaging/src/x.ts', uses('@ftgo/messaging-postgres'), 'libs-below-messaging'],
    ['an adapter imports another one', 'libs/messaging-kafka/src/x.ts', uses('@ftgo/messaging-postgres'), 'libs-below-messaging-kafka'],
    ['the PostgreSQL adapter imports Nest', 'libs/messaging-postgres/src/x.ts', uses('@nestjs/common'), 'messaging-without-nest'],
    ['a service imports the Kafka adapter', `${order}/x.service.ts`, uses('@ftgo/messaging-kafka'), 'brokers-opened-by-platform'],
    ['a service imports the PostgreSQL adapter', `${order}/x.service.ts`, uses('@ftgo/messaging-postgres'), 'brokers-opened-by-platform'],
    ['messaging imports Nest', 'libs/messaging/src/x.ts', uses('@nestjs/common'), 'messaging-without-nest'],
    ['sagas import Nest', 'libs/sagas/src/x.ts', uses('@nestjs/common'), 'sagas-without-nest'],
    ['sagas import their entry for Nest', 'libs/sagas/src/engine/x.ts', uses('../nest/index.js'), 'sagas-without-nest'],
    ['the outbox imports handling', 'libs/messaging/src/outbox/x.ts', uses('../handling/handler.js'), 'folders-below-messaging-outbox'],
    [
      'telemetry imports another folder of messaging',
      'libs/messaging/src/telemetry/x.ts',
      uses('../outbox/outbox.js'),
      'folders-below-messaging-telemetry',
    ],
    ['the relay imports handling', 'libs/outbox-relay/src/x.ts', uses('@ftgo/messaging'), 'relay-without-handling'],
    ['the kernel imports FTGO code', 'libs/kernel/src/x.ts', uses('@ftgo/ftgo'), 'libs-below-kernel'],
    [
      'an app bypasses the entry of a lib',
      `${order}/x.service.ts`,
      uses('../../../../libs/messaging/src/outbox/outbox.js'),
      'libs-by-public-entry-only',
    ],
    ['an app uses contracts that it does not list', `${order}/x.service.ts`, uses('@ftgo/contracts/kitchen'), 'contracts-of-order-service'],
    [
      'an app keeps a replica of data whose contracts it does not list',
      `${order}/x.service.ts`,
      uses('@ftgo/restaurant-replica'),
      'contracts-of-order-service',
    ],
    ['an aggregate imports Nest', `${order}/order.ts`, uses('@nestjs/common'), 'aggregates-are-pure'],
    ['a value of an aggregate imports contracts', `${order}/order-line-items.ts`, uses('@ftgo/contracts/order'), 'aggregates-are-pure'],
    [
      'a controller imports a repository',
      `${order}/order.grpc.controller.ts`,
      uses('./order.repository.js'),
      'no-repository-in-controllers',
    ],
    ['a handler imports a repository', `${order}/order.command-handlers.ts`, uses('./order.repository.js'), 'no-repository-in-controllers'],
    ['the Kafka client is used outside its adapter', 'libs/messaging/src/x.ts', uses('@platformatic/kafka'), 'kafka-in-its-adapter-only'],
    [
      'the environment is read outside config.ts',
      `${order}/x.service.ts`,
      'export const port = process.env.PORT;',
      'environment-in-config-only',
    ],
    ['a lib re-exports everything of a file', 'libs/messaging/src/x.ts', "export * from './outbox.js';\n", 'exports-by-name'],
    ['a service declares an event', `${order}/x.ts`, "import { event } from '@ftgo/messaging';\n", 'messages-in-contracts-only'],
    [
      'a service declares a channel',
      `${order}/x.ts`,
      "import {\n  Outbox,\n  eventChannel,\n} from '@ftgo/messaging';\n",
      'messages-in-contracts-only',
    ],
    ['a service uses an example of its contracts', `${order}/x.service.ts`, uses('@ftgo/contracts/examples'), 'examples-in-tests-only'],
    ['an example uses the code of a side', 'libs/contracts/examples/x.ts', uses('@ftgo/contracts/order'), 'examples-import-nothing'],
    ['a service depends on test support', `${order}/x.service.ts`, uses('@ftgo/testing'), 'testing-in-tests-only'],
    ['a service depends on the tools', `${order}/x.service.ts`, uses('../../../../tools/start.js'), 'no-app-to-tool'],
    ['a lib imports a tool', 'libs/testing/src/x.ts', uses('../../../tools/start.js'), 'no-lib-to-tool'],
    ['a spec of a lib imports a tool', 'libs/testing/test/x.spec.ts', uses('../../../tools/start.js'), 'no-lib-to-tool'],
    ['a tool imports an app', 'tools/x.ts', uses('../apps/kitchen-service/src/ticket.js'), 'no-tool-to-app'],
    ['a spec of a tool imports an app', 'tools/test/x.spec.ts', uses('../../apps/kitchen-service/src/ticket.js'), 'no-tool-to-app'],
    ['a service starts processes', `${order}/x.service.ts`, uses('@ftgo/runner/processes'), 'no-runner-in-services'],
    ['the runner imports messaging', 'libs/runner/src/x.ts', uses('@ftgo/messaging'), 'libs-below-runner'],
    ['an undeclared package is used', `${order}/x.service.ts`, uses('undeclared'), 'no-undeclared-package'],
    ['an imported file does not exist', `${order}/x.service.ts`, uses('./gone.js'), 'no-unresolvable'],
  ])('report that %s', async (_case, file, text, rule) => {
    expect(await rulesBrokenBy({ [file]: text })).toContain(rule);
  });

  it.each([
    ['idempotency imports http, which imports it', 'idempotency', '../http/problem.js'],
    ['idempotency imports database, which imports it', 'idempotency', '../database/database.js'],
  ])('report a cycle of folders in platform when %s', async (_case, folder, specifier) => {
    expect(await rulesBrokenBy({ [`libs/platform/src/${folder}/x.ts`]: uses(specifier) })).toEqual(['no-folder-cycles']);
  });

  it('report a longer cycle of folders in platform', async () => {
    const planted = {
      'libs/platform/src/errors/x.ts': uses('../database/database.js'),
      'libs/platform/src/idempotency/x.ts': uses('../errors/unavailable.js'),
    };
    expect(await rulesBrokenBy(planted)).toEqual(['no-folder-cycles']);
  });

  it('report two files that import each other', async () => {
    expect(await rulesBrokenBy({ [`${order}/a.ts`]: uses('./b.js'), [`${order}/b.ts`]: uses('./a.js') })).toEqual(['no-circular']);
  });
});

describe('the report of the boundary check', () => {
  const several = (count: number, text: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`${order}/x${i + 1}.service.ts`, text]));

  it('names an unlisted contract of an app once, for all files, and shows where to add it', async () => {
    expect(await reportOn(several(7, uses('@ftgo/contracts/kitchen')))).toEqual([
      [
        ...[1, 2, 3, 4, 5].map((n) => `${order}/x${n}.service.ts`),
        'and 2 more files',
        '  must not use libs/contracts/src/kitchen.ts',
        '  contracts-of-order-service: the context map: order-service lists order',
        '  to use them, add "kitchen" to ftgo.contracts in apps/order-service/package.json',
      ].join('\n'),
    ]);
  });

  it.each([
    ['@ftgo/restaurant-replica', 'to use them, add "restaurant" to ftgo.contracts in apps/order-service/package.json'],
    ['@ftgo/rest/kitchen', 'to use them, add "kitchen" to ftgo.contracts in apps/order-service/package.json'],
    ['undeclared', 'add "undeclared" to dependencies in apps/order-service/package.json'],
    ['@ftgo/contracts/loyalty', 'add it to exports in libs/contracts/package.json'],
    ['../../../../libs/messaging/src/outbox/outbox.js', 'add one to exports in libs/messaging/package.json'],
  ])('shows what to add so that a service can import %s', async (specifier, remedy) => {
    expect((await reportOn({ [`${order}/x.service.ts`]: uses(specifier) })).join('\n')).toContain(remedy);
  });

  it('names the import of an aggregate that leads to many forbidden files, but not those files', async () => {
    const planted = {
      'libs/contracts/src/order.ts': uses('@ftgo/messaging'),
      [`${order}/order-line-items.ts`]: uses('@ftgo/contracts/order'),
    };
    expect(await reportOn(planted)).toEqual([
      expect.stringMatching(
        /^apps\/order-service\/src\/order\/order-line-items\.ts\n {2}must not use libs\/contracts\/src\/order\.ts, which leads to libs\S+ and 2 more\n {2}aggregates-are-pure: .*$/,
      ) as string,
    ]);
  });

  it('names one cycle, and the import that it shares with the others', async () => {
    const planted = {
      [`${order}/a.ts`]: `${uses('./b.js')}export { planted as c } from './c.js';\nexport { planted as d } from './d.js';\n`,
      [`${order}/b.ts`]: uses('./hub.js'),
      [`${order}/c.ts`]: uses('./hub.js'),
      [`${order}/d.ts`]: uses('./hub.js'),
      [`${order}/hub.ts`]: uses('./a.js'),
    };
    const [report, ...others] = await reportOn(planted);
    expect(others).toEqual([]);
    expect(report).toContain(`more cycles contain ${order}/hub.ts → ${order}/a.ts)`);
    expect(report).toContain('no-circular: circular imports are not allowed');
  });
});
