import type { CourierId, DeliveryId } from '@ftgo/ftgo';

export type CourierActionType = 'PICKUP' | 'DROPOFF';

/** An action in a courier's plan. */
export interface CourierAction {
  readonly type: CourierActionType;
  readonly deliveryId: DeliveryId;
}

export type AssignmentType = 'ASSIGNED' | 'WITHDRAWN';

/** A delivery that was given to a courier, or taken away. */
export interface Assignment {
  /** Counts the assignments of the courier from 1. */
  readonly number: number;
  readonly type: AssignmentType;
  readonly deliveryId: DeliveryId;
}

/** A courier who never acknowledges anything would otherwise accumulate withdrawals. */
const mostWithdrawals = 100;

/** A courier is available or not, has a plan of open actions, and acknowledges the assignments that led to it. */
export class Courier {
  available = false;
  /** The number of the last assignment. */
  assignmentCount = 0;
  private actions: readonly CourierAction[] = [];
  private open: readonly Assignment[] = [];

  private constructor(readonly id: CourierId) {}

  static create(id: CourierId): Courier {
    return new Courier(id);
  }

  get plan(): readonly CourierAction[] {
    return this.actions;
  }

  /** The assignments that are not acknowledged, oldest first; at most one of each delivery. */
  get unacknowledged(): readonly Assignment[] {
    return this.open;
  }

  /** An unavailable courier keeps what is picked up; the rest is reassigned by Dispatch. */
  noteAvailability(available: boolean): void {
    this.available = available;
  }

  get notPickedUp(): readonly DeliveryId[] {
    return this.actions.filter(({ type }) => type === 'PICKUP').map(({ deliveryId }) => deliveryId);
  }

  assign(deliveryId: DeliveryId): void {
    this.actions = [...this.actions, { type: 'PICKUP', deliveryId }, { type: 'DROPOFF', deliveryId }];
    this.announce('ASSIGNED', deliveryId);
  }

  /** The courier has this assignment, and all before it. */
  acknowledge(number: number): void {
    this.open = this.open.filter((assignment) => assignment.number > number);
  }

  notePickup(deliveryId: DeliveryId): void {
    this.actions = this.actions.filter((action) => action.deliveryId !== deliveryId || action.type !== 'PICKUP');
    this.forget(deliveryId);
  }

  noteDropoff(deliveryId: DeliveryId): void {
    this.actions = this.actions.filter((action) => action.deliveryId !== deliveryId);
    this.forget(deliveryId);
  }

  /** Removes all actions of the delivery from the plan: it was cancelled, or given to another courier. */
  dropDelivery(deliveryId: DeliveryId): void {
    this.actions = this.actions.filter((action) => action.deliveryId !== deliveryId);
    this.announce('WITHDRAWN', deliveryId);
  }

  private announce(type: AssignmentType, deliveryId: DeliveryId): void {
    this.forget(deliveryId);
    this.assignmentCount += 1;
    this.open = [...this.open, { number: this.assignmentCount, type, deliveryId }];
    const withdrawals = this.open.filter((assignment) => assignment.type === 'WITHDRAWN');
    if (withdrawals.length > mostWithdrawals) this.open = this.open.filter((assignment) => assignment !== withdrawals[0]);
  }

  /** The courier has acted on the delivery, or a later assignment replaces this one. */
  private forget(deliveryId: DeliveryId): void {
    this.open = this.open.filter((assignment) => assignment.deliveryId !== deliveryId);
  }
}
