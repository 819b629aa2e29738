import type { ConsumerId, PersonName } from '@ftgo/ftgo';
import type { Money } from '@ftgo/kernel';

export type ConsumerEvent = { readonly kind: 'ConsumerCreated'; readonly name: PersonName };

export class Consumer {
  readonly id!: ConsumerId;
  readonly name!: PersonName;
  /** Number of events so far. */
  version!: number;

  static create(name: PersonName): [Consumer, ConsumerEvent[]] {
    const consumer = Object.assign(new Consumer(), { name, version: 0 });
    return [consumer, [{ kind: 'ConsumerCreated', name }]];
  }

  /** Any consumer may order for any total: card authorisation decides what a consumer can pay for. */
  validateOrder(_orderTotal: Money): void {}
}
