import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Clone } from './clone.js';

const minutes = 60_000;

describe('npm run ftgo -- new saga-step', () => {
  let clone: Clone;
  const newStep = (saga: string, step: string, before: string, options: readonly string[]) =>
    clone.run('npm', ['run', '--silent', 'ftgo', '--', 'new', 'saga-step', saga, step, '--before', before, ...options]);
  const toAccounting = ['--command', 'NoteRefund', '--to', 'accounting', '--ids', 'consumerId', 'orderId'];

  beforeAll(() => {
    clone = new Clone();
  });
  afterAll(() => clone.remove());

  it.each([
    ['no-order', 'note refund', 'confirm cancel', toAccounting, 'saga no-order not found'],
    ['cancel-order', 'begin cancel', 'confirm cancel', toAccounting, "the saga cancel-order already has a step 'begin cancel'"],
    ['cancel-order', 'note refund', 'nothing', toAccounting, "the saga cancel-order has no step 'nothing'; its steps are begin cancel,"],
    ['cancel-order', 'Note', 'confirm cancel', toAccounting, "invalid step 'Note'"],
    ['cancel-order', 'note refund', 'confirm cancel', [...toAccounting, 'total'], "invalid field 'total'"],
    ['cancel-order', 'note refund', 'confirm cancel', [...toAccounting, '--to', 'delivery'], 'delivery-service handles no commands'],
    ['cancel-order', 'note refund', 'confirm cancel', [...toAccounting, '--command', 'AuthorizeCard'], 'cannot add AuthorizeCard: '],
  ])('rejects %s, %s before %s %j, and writes nothing', async (saga, step, before, options, message) => {
    const { code, output } = await newStep(saga, step, before, options);
    expect([code, output, clone.changes()]).toEqual([1, expect.stringContaining(message), '']);
  });

  it(
    'adds the step, and its participant honours the contract',
    async () => {
      expect(await newStep('cancel-order', 'note refund', 'confirm cancel', toAccounting)).toMatchObject({ code: 0 });
      const types = ['libs/contracts', 'apps/accounting-service', 'apps/order-service'].map((project) => [
        'node',
        'node_modules/typescript-native/bin/tsc',
        '-p',
        `${project}/tsconfig.json`,
        '--noEmit',
      ]);
      const specs = ['npm', 'test', '--', 'libs/contracts', 'apps/accounting-service/test/contracts', 'tools/architecture/drawings'];
      for (const [command = '', ...args] of [['node_modules/.bin/biome', 'check', '.'], ...types, specs])
        expect(await clone.run(command, args)).toMatchObject({ code: 0 });
    },
    5 * minutes,
  );
});
