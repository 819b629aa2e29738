import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Clone } from './clone.js';

describe('npm run ftgo -- new event', () => {
  let clone: Clone;
  const newEvent = (...args: readonly string[]) => clone.run('npm', ['run', '--silent', 'ftgo', '--', 'new', 'event', ...args]);

  beforeAll(() => {
    clone = new Clone();
  });
  afterAll(() => clone.remove());

  it.each([
    [['kitchen', 'TicketAccepted'], 'cannot add TicketAccepted: proto/ftgo/kitchen/v1/events.proto already declares it'],
    [['kitchen', 'ticketReopened'], "invalid message name 'ticketReopened'"],
    [['kitchen', 'TicketReopened', 'reason:text'], "invalid field 'reason:text'"],
    [['pizza', 'PizzaBaked'], 'cannot add PizzaBaked: pizza-service has no events'],
  ])('rejects %j and writes nothing', async (args, message) => {
    const { code, output } = await newEvent(...args);
    expect([code, output, clone.changes()]).toEqual([1, expect.stringContaining(message), '']);
  });

  it('declares the event, generates its types, and leaves the contracts consistent', async () => {
    expect(await newEvent('kitchen', 'TicketReopened', 'until:timestamp', 'fee:money', 'reason:string?')).toMatchObject({ code: 0 });
    const proto = readFileSync(join(clone.root, 'proto/ftgo/kitchen/v1/events.proto'), 'utf8');
    expect(proto).toContain(`message TicketReopened {
  google.protobuf.Timestamp until = 1;
  ftgo.common.v1.Money fee = 2;
  optional string reason = 3;
}
`);
    for (const [command, ...args] of [
      ['node_modules/.bin/biome', 'check', '.'],
      ['node', 'node_modules/typescript-native/bin/tsc', '-p', 'libs/contracts/tsconfig.json', '--noEmit'],
      ['npm', 'test', '--', 'libs/contracts', 'tools/architecture/drawings'],
    ] as const)
      expect(await clone.run(command, args)).toMatchObject({ code: 0 });
  });
});
