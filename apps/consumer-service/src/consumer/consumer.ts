import type { ConsumerId, PersonName } from '@ftgo/ftgo';
import type { Money } from '@ftgo/kernel';

export type ConsumerEvent = { readonly kind: 'ConsumerCreated'; readonly name: PersonName };

export class Consumer {
  readonly id!: ConsumerId;
  readonly name!: PersonName;
  /** The number of this consumer's events so far. */
  version!: number;

  static create(name: PersonName): [Consumer, ConsumerEvent[]] {
    const consumer = Object.assign(new Consumer(), { name, version: 0 });
    return [consumer, [{ kind: 'ConsumerCreated', name }]];
  }

  /** Whoever is known may order, for any total: what a consumer can pay for is decided by the card's authorisation. */
  validateOrder(_orderTotal: Money): void {}
}
