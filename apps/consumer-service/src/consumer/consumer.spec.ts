import { Money } from '@ftgo/kernel';
import { describe, expect, it } from 'vitest';
import { Consumer } from './consumer.js';

const name = { firstName: 'Ada', lastName: 'Lovelace' };

describe('a consumer', () => {
  it('is created with a name and publishes its creation without it', () => {
    const [consumer, events] = Consumer.create(name);
    expect(consumer.name).toEqual(name);
    expect(events).toEqual([{ kind: 'ConsumerCreated' }]);
  });

  it('is erased once: its name is gone, and nothing happens the second time', () => {
    const [consumer] = Consumer.create(name);
    expect(consumer.erase()).toEqual([{ kind: 'ConsumerErased' }]);
    expect(consumer.name).toEqual({ firstName: 'erased', lastName: 'erased' });
    expect(consumer.erase()).toEqual([]);
  });

  it('can order for any total', () => {
    const [consumer] = Consumer.create(name);
    expect(() => consumer.validateOrder(Money.of('9999.99'))).not.toThrow();
  });
});
