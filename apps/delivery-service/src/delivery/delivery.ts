import type { Address, CourierId, DeliveryId, RestaurantId } from '@ftgo/ftgo';
import { DeliveryNotSchedulable, TicketNotReady } from './delivery.errors.js';
import { type DeliveryState, deliveryTransitions, isAtLeast, type TicketProgress } from './delivery-state.js';

/** What a delivery needs to know of its order. */
export interface OrderToDeliver {
  readonly restaurantId: RestaurantId;
  readonly deliveryAddress: Address;
  readonly deliveryTime: Date;
}

export type DeliveryEvent =
  | {
      readonly kind: 'DeliveryScheduled';
      readonly courierId: CourierId;
      readonly pickupAddress: Address;
      readonly pickupTime: Date | undefined;
      readonly deliveryAddress: Address;
      readonly deliveryTime: Date;
    }
  | { readonly kind: 'DeliveryUnscheduled' | 'DeliveryPickedUp' | 'DeliveryDelivered'; readonly courierId: CourierId }
  | { readonly kind: 'DeliveryCancelled' };

/**
 * The way of one order to its consumer. What the events of order and ticket tell is noted in any order of arrival, and
 * noting again changes nothing; what people ask for (pick-up, drop-off) is refused when it is not possible.
 * What is not there is null: TypeORM leaves a column alone whose property is undefined.
 */
export class Delivery {
  /** How many events it has had. */
  version = 0;
  courierId: CourierId | null = null;
  readyBy: Date | null = null;
  scheduledAt: Date | null = null;
  pickedUpAt: Date | null = null;
  deliveredAt: Date | null = null;
  cancelledAt: Date | null = null;
  restaurantId: RestaurantId | null = null;
  private currentState: DeliveryState = 'EXPECTED';
  private ticketProgress: TicketProgress = 'UNKNOWN';
  /** Remembered by a delivery whose order is not known yet: it will be cancelled as soon as it is. */
  private isCalledOff = false;
  private deliveryAddress: Address | null = null;
  private deliveryTime: Date | null = null;
  private pickupAddress: Address | null = null;

  private constructor(readonly id: DeliveryId) {}

  /** The first event about an order may be one of its ticket. */
  static expected(id: DeliveryId): Delivery {
    return new Delivery(id);
  }

  noteOrderCreated({ restaurantId, deliveryAddress, deliveryTime }: OrderToDeliver, now: Date): DeliveryEvent[] {
    if (!deliveryTransitions.allows(this.currentState, 'create')) return [];
    this.go('create');
    this.restaurantId = restaurantId;
    this.deliveryAddress = deliveryAddress;
    this.deliveryTime = deliveryTime;
    return this.isCalledOff ? this.callOff(now) : [];
  }

  noteTicketAccepted(readyBy: Date): DeliveryEvent[] {
    this.readyBy = readyBy;
    return this.noteTicket('ACCEPTED');
  }

  noteTicket(progress: TicketProgress): DeliveryEvent[] {
    if (!isAtLeast(this.ticketProgress, progress)) this.ticketProgress = progress;
    return [];
  }

  /** Its order was rejected, or it or the ticket was cancelled. Nothing can call back what is on its way. */
  callOff(now: Date): DeliveryEvent[] {
    this.isCalledOff = true;
    if (!deliveryTransitions.allows(this.currentState, 'cancel')) return [];
    this.go('cancel');
    this.courierId = null;
    this.cancelledAt = now;
    return [{ kind: 'DeliveryCancelled' }];
  }

  schedule(courierId: CourierId, pickupAddress: Address, now: Date): DeliveryEvent[] {
    const scheduled = deliveryTransitions.next(this.currentState, 'schedule');
    if (!this.isSchedulable) throw new DeliveryNotSchedulable(this.id);
    this.currentState = scheduled;
    this.pickupAddress = pickupAddress;
    return this.give(courierId, now);
  }

  /** To another courier, before it is picked up. */
  reschedule(courierId: CourierId, now: Date): DeliveryEvent[] {
    this.go('reschedule');
    return this.give(courierId, now);
  }

  /** It waits for a courier again. */
  unschedule(): DeliveryEvent[] {
    this.go('unschedule');
    const courierId = this.assignedCourier;
    this.courierId = null;
    this.pickupAddress = null;
    this.scheduledAt = null;
    return [{ kind: 'DeliveryUnscheduled', courierId }];
  }

  pickUp(now: Date): DeliveryEvent[] {
    const pickedUp = deliveryTransitions.next(this.currentState, 'pickup');
    if (!isAtLeast(this.ticketProgress, 'READY_FOR_PICKUP')) throw new TicketNotReady(this.id, this.ticketProgress);
    this.currentState = pickedUp;
    this.pickedUpAt = now;
    return [{ kind: 'DeliveryPickedUp', courierId: this.assignedCourier }];
  }

  dropOff(now: Date): DeliveryEvent[] {
    this.go('dropoff');
    this.deliveredAt = now;
    return [{ kind: 'DeliveryDelivered', courierId: this.assignedCourier }];
  }

  get state(): DeliveryState {
    return this.currentState;
  }

  get isSchedulable(): boolean {
    return this.currentState === 'PENDING' && isAtLeast(this.ticketProgress, 'ACCEPTED');
  }

  /** Who carries it; there is someone whenever it is scheduled or on its way. */
  get assignedCourier(): CourierId {
    if (this.courierId === null) throw new Error(`delivery ${this.id} has no courier while ${this.currentState}`);
    return this.courierId;
  }

  private give(courierId: CourierId, now: Date): DeliveryEvent[] {
    const { pickupAddress, readyBy, deliveryAddress, deliveryTime } = this;
    if (!pickupAddress || !deliveryAddress || !deliveryTime) throw new DeliveryNotSchedulable(this.id);
    this.courierId = courierId;
    this.scheduledAt = now;
    return [{ kind: 'DeliveryScheduled', courierId, pickupAddress, pickupTime: readyBy ?? undefined, deliveryAddress, deliveryTime }];
  }

  private go(action: string): void {
    this.currentState = deliveryTransitions.next(this.currentState, action);
  }
}
