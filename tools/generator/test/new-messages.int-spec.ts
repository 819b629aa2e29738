import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Clone } from './clone.js';

const minutes = 60_000;

let clone: Clone;
const ftgo = (...args: readonly string[]) => clone.run('npm', ['run', '--silent', 'ftgo', '--', ...args]);

beforeAll(() => {
  clone = new Clone();
});
afterAll(() => clone.remove());

const newEvent = (...args: readonly string[]) => ftgo('new', 'event', ...args);

describe('npm run ftgo -- new event', () => {
  it.each([
    [['kitchen', 'TicketAccepted'], 'cannot add TicketAccepted: proto/ftgo/kitchen/v1/events.proto already declares it'],
    [['kitchen', 'ticketReopened'], "invalid message name 'ticketReopened'"],
    [['kitchen', 'TicketReopened', 'reason:text'], "invalid field 'reason:text'"],
    [['pizza', 'PizzaBaked'], 'cannot add PizzaBaked: pizza-service has no events'],
  ])('rejects %j and writes nothing', async (args, message) => {
    const { code, output } = await newEvent(...args);
    expect([code, output, clone.changes()]).toEqual([1, expect.stringContaining(message), '']);
  });
});

const newStep = (saga: string, step: string, before: string, options: readonly string[]) =>
  ftgo('new', 'saga-step', saga, step, '--before', before, ...options);
const toAccounting = ['--command', 'NoteRefund', '--to', 'accounting', '--ids', 'consumerId', 'orderId'];

describe('npm run ftgo -- new saga-step', () => {
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
});

it(
  'a new event and a new step with its command pass the checks, and the participant of the step honours the contract',
  async () => {
    expect(await newEvent('kitchen', 'TicketReopened', 'until:timestamp', 'fee:money', 'reason:string?')).toMatchObject({ code: 0 });
    const proto = readFileSync(join(clone.root, 'proto/ftgo/kitchen/v1/events.proto'), 'utf8');
    expect(proto).toContain(`message TicketReopened {
  google.protobuf.Timestamp until = 1;
  ftgo.common.v1.Money fee = 2;
  optional string reason = 3;
}
`);
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
