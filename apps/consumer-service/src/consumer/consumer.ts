import { type ConsumerId, erasedName, type PersonName } from '@ftgo/ftgo';
import type { Money } from '@ftgo/kernel';

/** Events have no name, because they are kept forever. */
export type ConsumerEvent = { readonly kind: 'ConsumerCreated'; readonly owner?: string | undefined } | { readonly kind: 'ConsumerErased' };

export class Consumer {
  readonly id!: ConsumerId;
  name!: PersonName;
  isErased!: boolean;
  /** Number of events so far. */
  version!: number;

  /** The owner is the principal to whom the consumer belongs, if there is one. */
  static create(name: PersonName, owner?: string): [Consumer, ConsumerEvent[]] {
    const consumer = Object.assign(new Consumer(), { name, isErased: false, version: 0 });
    return [consumer, [{ kind: 'ConsumerCreated', owner }]];
  }

  /** Erases the name; the id remains, since orders and the account refer to it. Nothing happens the second time. */
  erase(): ConsumerEvent[] {
    if (this.isErased) return [];
    this.name = erasedName;
    this.isErased = true;
    return [{ kind: 'ConsumerErased' }];
  }

  /** Any consumer may order for any total: card authorisation decides what a consumer can pay for. */
  validateOrder(_orderTotal: Money): void {}
}
