import type { CourierId, DeliveryId } from '@ftgo/ftgo';

export type CourierActionType = 'PICKUP' | 'DROPOFF';

/** An action in a courier's plan. */
export interface CourierAction {
  readonly type: CourierActionType;
  readonly deliveryId: DeliveryId;
}

/** A courier is available or not, and has a plan of open actions. */
export class Courier {
  available = false;
  private actions: readonly CourierAction[] = [];

  private constructor(readonly id: CourierId) {}

  static create(id: CourierId): Courier {
    return new Courier(id);
  }

  get plan(): readonly CourierAction[] {
    return this.actions;
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
  }

  notePickup(deliveryId: DeliveryId): void {
    this.actions = this.actions.filter((action) => action.deliveryId !== deliveryId || action.type !== 'PICKUP');
  }

  noteDropoff(deliveryId: DeliveryId): void {
    this.dropDelivery(deliveryId);
  }

  /** Removes all actions of the delivery from the plan. */
  dropDelivery(deliveryId: DeliveryId): void {
    this.actions = this.actions.filter((action) => action.deliveryId !== deliveryId);
  }
}
