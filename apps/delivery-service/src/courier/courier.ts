import type { CourierId, DeliveryId } from '@ftgo/ftgo';

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

  /** Who becomes unavailable keeps what is picked up; what is not goes to others, see Dispatch. */
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

  /** Nothing is left to do for it. */
  dropDelivery(deliveryId: DeliveryId): void {
    this.actions = this.actions.filter((action) => action.deliveryId !== deliveryId);
  }
}
