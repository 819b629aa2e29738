import type { CourierId, DeliveryId } from '@ftgo/kernel';

export type CourierActionType = 'PICKUP' | 'DROPOFF';

/** Something that a courier has to do. */
export interface CourierAction {
  readonly type: CourierActionType;
  readonly deliveryId: DeliveryId;
}

/** Who carries deliveries: available or not, with a plan of what there is still to do. */
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

  /** Someone who goes home still finishes what is in the plan. */
  noteAvailability(available: boolean): void {
    this.available = available;
  }

  assign(deliveryId: DeliveryId): void {
    this.actions = [...this.actions, { type: 'PICKUP', deliveryId }, { type: 'DROPOFF', deliveryId }];
  }

  notePickup(deliveryId: DeliveryId): void {
    this.actions = this.actions.filter((action) => action.deliveryId !== deliveryId || action.type !== 'PICKUP');
  }

  noteDropoff(deliveryId: DeliveryId): void {
    this.cancelDelivery(deliveryId);
  }

  /** Nothing is left to do for it. */
  cancelDelivery(deliveryId: DeliveryId): void {
    this.actions = this.actions.filter((action) => action.deliveryId !== deliveryId);
  }
}
