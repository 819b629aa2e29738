import { type EventExample, eventExamples, type Ids } from '@ftgo/contracts/examples';
import { describe, expect, it } from 'vitest';
import { inBothForms } from './declared.js';
import type { ServiceUnderContract } from './service-under-contract.js';

/** What an event changes at its subscriber. */
export interface Effect {
  before?(ids: Ids): Promise<void>;
  after(ids: Ids): Promise<void>;
}

/** The service understands the events that its examples say it hears, in both forms, and does what they are for. */
export function verifySubscriber(service: ServiceUnderContract, effects: Readonly<Record<string, Effect>>): void {
  const { name } = service.options;
  const examples = eventExamples.filter(({ consumer }) => consumer === name);

  describe('hears', () => {
    it.each(inBothForms(examples, ({ provider, name: event }) => `${provider}: ${event}`))('%s', async (_, example, contentType) => {
      const effect = effects[example.name];
      if (!effect) throw new Error(`what does ${example.name} change at ${name}? Say it in the effects`);
      const ids = ownIds(service, example);
      await effect.before?.(ids);
      await service.hear(example, ids, contentType);
      await effect.after(ids);
    });
  });

  it('has an example of every event that it hears', () => {
    const heard = service.handlers().flatMap((handler) => (handler.kind === 'event' ? [handler.type.payload.typeName] : []));
    expect(examples.map(({ type }) => type).toSorted()).toEqual(heard.toSorted());
  });
}

/** Ids that no other example has used. */
const ownIds = (service: ServiceUnderContract, { ids }: EventExample): Ids =>
  Object.fromEntries(Object.keys(ids).map((name) => [name, service.freshId()]));
