import { type EventExample, eventExamples, type Ids } from '@ftgo/contracts/examples';
import { describe, expect, it } from 'vitest';
import { inBothForms } from './declared.js';
import type { ServiceUnderContract } from './service-under-contract.js';

/** The effects of an event on its subscriber. */
export interface Effect {
  before?(ids: Ids): Promise<void>;
  after(ids: Ids): Promise<void>;
}

/** Checks that the service handles the events of its examples, in both encodings, with the expected effects. */
export function verifySubscriber(service: ServiceUnderContract, effects: Readonly<Record<string, Effect>>): void {
  const { name } = service.options;
  const examples = eventExamples.filter(({ consumer }) => consumer === name);

  describe('handles events', () => {
    it.each(inBothForms(examples, ({ provider, name: event }) => `${provider}: ${event}`))('%s', async (_, example, contentType) => {
      const effect = effects[example.name];
      if (!effect) throw new Error(`missing effects: what does ${example.name} change at ${name}? Add it to the effects`);
      const ids = ownIds(service, example);
      await effect.before?.(ids);
      await service.hear(example, ids, contentType);
      await effect.after(ids);
    });
  });

  it('has an example for every event it handles', () => {
    const handled = service.handlers().flatMap((handler) => (handler.kind === 'event' ? [handler.type.payload.typeName] : []));
    expect(examples.map(({ type }) => type).toSorted()).toEqual(handled.toSorted());
  });
}

/** Ids that no other example uses. */
const ownIds = (service: ServiceUnderContract, { ids }: EventExample): Ids =>
  Object.fromEntries(Object.keys(ids).map((name) => [name, service.freshId()]));
