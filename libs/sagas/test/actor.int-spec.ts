import { actingAs, messageContext } from '@ftgo/messaging';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sent } from './hand-broker.js';
import { placed, placeOrderSaga } from './shop.js';
import { SagaWorld } from './world.js';

const ada = 'https://issuer.example|ada';
const actorOf = ({ extensions }: Sent): unknown => (extensions as Record<string, string>)['ce_actor'];

let world: SagaWorld;
beforeAll(async () => {
  world = await SagaWorld.open();
});
afterAll(() => world.close());

/** Everything that is sent because of a saga. */
async function untilSettled(): Promise<Sent[]> {
  const all: Sent[] = [];
  for (let messages = await world.sent(); messages.length > 0; messages = await world.sent()) {
    all.push(...messages);
    await world.deliver(...messages);
  }
  return all;
}

describe('a saga', () => {
  it('shows who started it, and acts as its service, as do the participants on its behalf', async () => {
    const start = () => world.start(placeOrderSaga, { ...placed, orderId: 1 });
    const id = await messageContext.run(actingAs(ada, messageContext.current()), start);
    const messages = await untilSettled();
    expect(new Set(messages.map(actorOf))).toEqual(new Set(['shop-service']));
    expect(await world.saga(id)).toMatchObject({ status: 'COMPLETED', startedBy: ada });
  });

  it('acts as its service at a deadline, too', async () => {
    const start = () => world.start(placeOrderSaga, { ...placed, orderId: 2 });
    const id = await messageContext.run(actingAs(ada, messageContext.current()), start);
    await world.settleExcept(({ saga_step }) => saga_step === 'reserve');
    await world.timePasses(id);
    const undo = await world.sent();
    expect(undo.map(({ saga_step }) => saga_step)).toEqual(['reserve:undo']);
    expect(undo.map(actorOf)).toEqual(['shop-service']);
    await world.deliver(...undo);
    await world.settle();
  });

  it('names no one while it is unknown who acts', async () => {
    const id = await world.start(placeOrderSaga, { ...placed, orderId: 3 });
    expect(new Set((await untilSettled()).map(actorOf))).toEqual(new Set([undefined]));
    expect((await world.saga(id)).startedBy).toBeUndefined();
  });
});
