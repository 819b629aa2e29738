import type { Address, ConsumerId, OrderId, RestaurantId } from '@ftgo/ftgo';
import type { Money } from '@ftgo/kernel';
import type { Menu } from './menu.js';
import { OrderMinimumNotMet } from './order.errors.js';
import { type LineRevision, type OrderLine, OrderLineItems, type RequestedLine } from './order-line-items.js';
import { type OrderState, orderTransitions } from './order-state.js';

export interface NewOrder {
  readonly consumerId: ConsumerId;
  readonly restaurantId: RestaurantId;
  readonly deliveryAddress: Address;
  readonly deliveryTime: Date;
  readonly lineItems: readonly RequestedLine[];
}

/** Why another service rejected an operation. */
export interface Refusal {
  readonly code: string;
  readonly detail: string;
}

/** A cancellation or a revision that Order accepted and another service rejected. */
export interface LastRefusal extends Refusal {
  readonly operation: 'cancel' | 'revise';
  readonly at: Date;
}

export type OrderEvent =
  | { readonly kind: 'OrderCreated'; readonly restaurantName: string }
  | { readonly kind: 'OrderAuthorized' | 'OrderCancelRequested' | 'OrderCancelled' }
  | { readonly kind: 'OrderRejected' | 'OrderCancelRejected' | 'OrderRevisionRejected'; readonly reason: Refusal }
  | { readonly kind: 'OrderRevisionProposed'; readonly lineItems: readonly OrderLine[]; readonly orderTotal: Money }
  | { readonly kind: 'OrderRevised'; readonly lineItems: readonly OrderLine[]; readonly orderTotal: Money };

/** Absent values are null, because TypeORM does not update a column whose property is undefined. */
export class Order {
  readonly id!: OrderId;
  /** Number of events so far. */
  version = 0;
  private currentState: OrderState = 'APPROVAL_PENDING';
  private proposed: OrderLineItems | null = null;
  private rejectedFor: Refusal | null = null;
  private storedLastRefusal: LastRefusal | null = null;

  private constructor(
    readonly consumerId: ConsumerId,
    readonly restaurantId: RestaurantId,
    readonly deliveryAddress: Address,
    readonly deliveryTime: Date,
    private ordered: OrderLineItems,
  ) {}

  static create(details: NewOrder, menu: Menu): [Order, OrderEvent[]] {
    const { consumerId, restaurantId, deliveryAddress, deliveryTime } = details;
    const lineItems = OrderLineItems.priced(details.lineItems, menu);
    checkMinimum(lineItems, menu);
    const order = new Order(consumerId, restaurantId, deliveryAddress, deliveryTime, lineItems);
    return [order, [{ kind: 'OrderCreated', restaurantName: menu.restaurantName }]];
  }

  approve(): OrderEvent[] {
    this.go('approve');
    return [{ kind: 'OrderAuthorized' }];
  }

  reject(reason: Refusal): OrderEvent[] {
    this.go('reject');
    this.rejectedFor = reason;
    return [{ kind: 'OrderRejected', reason }];
  }

  beginCancel(): OrderEvent[] {
    this.go('beginCancel');
    return [{ kind: 'OrderCancelRequested' }];
  }

  undoCancel(reason: Refusal, at: Date): OrderEvent[] {
    this.go('undoCancel');
    this.storedLastRefusal = { operation: 'cancel', ...reason, at };
    return [{ kind: 'OrderCancelRejected', reason }];
  }

  confirmCancel(): OrderEvent[] {
    this.go('confirmCancel');
    return [{ kind: 'OrderCancelled' }];
  }

  /** Stores the proposal until Kitchen and Accounting have agreed; the order itself does not change yet. */
  beginRevision(revisions: readonly LineRevision[], menu: Menu): OrderEvent[] {
    // Check the state first: in a state that allows no revision, any proposal is a conflict, valid or not.
    const pending = orderTransitions.next(this.currentState, 'beginRevision', this.id);
    const proposed = this.ordered.revised(revisions, menu);
    checkMinimum(proposed, menu);
    this.currentState = pending;
    this.proposed = proposed;
    return [{ kind: 'OrderRevisionProposed', lineItems: proposed.lines, orderTotal: proposed.total }];
  }

  rejectRevision(reason: Refusal, at: Date): OrderEvent[] {
    this.go('rejectRevision');
    this.proposed = null;
    this.storedLastRefusal = { operation: 'revise', ...reason, at };
    return [{ kind: 'OrderRevisionRejected', reason }];
  }

  confirmRevision(): OrderEvent[] {
    this.go('confirmRevision');
    this.ordered = this.proposal;
    this.proposed = null;
    return [{ kind: 'OrderRevised', lineItems: this.lineItems, orderTotal: this.total }];
  }

  get state(): OrderState {
    return this.currentState;
  }

  /** Nothing changes any more; whether an approved order was delivered is not known here. */
  get hasEnded(): boolean {
    return this.currentState === 'REJECTED' || this.currentState === 'CANCELLED';
  }

  get lineItems(): readonly OrderLine[] {
    return this.ordered.lines;
  }

  get total(): Money {
    return this.ordered.total;
  }

  /** The lines as they will be after the revision in progress. */
  get proposal(): OrderLineItems {
    if (!this.proposed) throw new Error(`order ${this.id} has no revision in progress`);
    return this.proposed;
  }

  get rejection(): Refusal | undefined {
    return this.rejectedFor ?? undefined;
  }

  get lastRefusal(): LastRefusal | undefined {
    return this.storedLastRefusal ?? undefined;
  }

  private go(action: string): void {
    this.currentState = orderTransitions.next(this.currentState, action, this.id);
  }
}

function checkMinimum(lineItems: OrderLineItems, menu: Menu): void {
  if (lineItems.total.lessThan(menu.orderMinimum)) throw new OrderMinimumNotMet(menu.orderMinimum, lineItems.total);
}
