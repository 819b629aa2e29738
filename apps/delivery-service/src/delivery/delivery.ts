import type { Address, CourierId, DeliveryId, RestaurantId } from '@ftgo/ftgo';
import { DeliveryNotSchedulable, TicketNotReady } from './delivery.errors.js';
import { type DeliveryState, deliveryTransitions, isAtLeast, type TicketProgress } from './delivery-state.js';

/** What a delivery needs from its order. */
export interface OrderToDeliver {
  readonly restaurantId: RestaurantId;
  readonly deliveryTime: Date;
}

export type DeliveryEvent =
  | {
      readonly kind: 'DeliveryScheduled';
      readonly courierId: CourierId;
      readonly pickupAddress: Address;
      readonly pickupTime: Date | undefined;
      readonly deliveryTime: Date;
    }
  | { readonly kind: 'DeliveryUnscheduled' | 'DeliveryPickedUp' | 'DeliveryDelivered'; readonly courierId: CourierId }
  | { readonly kind: 'DeliveryCancelled'; readonly courierId: CourierId | undefined };

/**
 * The delivery of one order. Events of the order and its ticket may arrive in any order and more than once; requests
 * (pick-up, drop-off) are rejected in the wrong state. Absent values are null, because TypeORM does not update a column
 * whose property is undefined.
 */
export class Delivery {
  /** Number of events so far. */
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
  /** Remembers a cancellation that arrived before the order: the delivery is cancelled as soon as its order is known. */
  private isCalledOff = false;
  private deliveryTime: Date | null = null;
  private pickupAddress: Address | null = null;

  private constructor(readonly id: DeliveryId) {}

  /** The first event about an order may be one of its ticket. */
  static expected(id: DeliveryId): Delivery {
    return new Delivery(id);
  }

  noteOrderCreated({ restaurantId, deliveryTime }: OrderToDeliver, now: Date): DeliveryEvent[] {
    if (!deliveryTransitions.allows(this.currentState, 'create')) return [];
    this.go('create');
    this.restaurantId = restaurantId;
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

  /** Its order was rejected, or the order or the ticket was cancelled. A delivery that is picked up cannot be recalled. */
  callOff(now: Date): DeliveryEvent[] {
    this.isCalledOff = true;
    if (!deliveryTransitions.allows(this.currentState, 'cancel')) return [];
    this.go('cancel');
    const courierId = this.courierId ?? undefined;
    this.courierId = null;
    this.cancelledAt = now;
    return [{ kind: 'DeliveryCancelled', courierId }];
  }

  schedule(courierId: CourierId, pickupAddress: Address, now: Date): DeliveryEvent[] {
    const scheduled = deliveryTransitions.next(this.currentState, 'schedule', this.id);
    if (!this.isSchedulable) throw new DeliveryNotSchedulable(this.id);
    this.currentState = scheduled;
    this.pickupAddress = pickupAddress;
    return this.give(courierId, now);
  }

  /** Assigns another courier before the pick-up. */
  reschedule(courierId: CourierId, now: Date): DeliveryEvent[] {
    this.go('reschedule');
    return this.give(courierId, now);
  }

  /** Takes the courier away; the delivery waits for another one. */
  unschedule(): DeliveryEvent[] {
    this.go('unschedule');
    const courierId = this.assignedCourier;
    this.courierId = null;
    this.pickupAddress = null;
    this.scheduledAt = null;
    return [{ kind: 'DeliveryUnscheduled', courierId }];
  }

  pickUp(now: Date): DeliveryEvent[] {
    const pickedUp = deliveryTransitions.next(this.currentState, 'pickup', this.id);
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

  /** The courier; set whenever the delivery is scheduled or picked up. */
  get assignedCourier(): CourierId {
    if (this.courierId === null) throw new Error(`delivery ${this.id} has no courier while ${this.currentState}`);
    return this.courierId;
  }

  private give(courierId: CourierId, now: Date): DeliveryEvent[] {
    const { pickupAddress, readyBy, deliveryTime } = this;
    if (!pickupAddress || !deliveryTime) throw new DeliveryNotSchedulable(this.id);
    this.courierId = courierId;
    this.scheduledAt = now;
    return [{ kind: 'DeliveryScheduled', courierId, pickupAddress, pickupTime: readyBy ?? undefined, deliveryTime }];
  }

  private go(action: string): void {
    this.currentState = deliveryTransitions.next(this.currentState, action, this.id);
  }
}
