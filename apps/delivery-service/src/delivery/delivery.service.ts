import type { DeliveryId } from '@ftgo/ftgo';
import { Clock } from '@ftgo/kernel';
import { Access } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { CourierRepository } from '../courier/courier.repository.js';
import { DeliveryNotFound } from './delivery.errors.js';
import type { Delivery, DeliveryEvent, OrderToDeliver } from './delivery.js';
import { DeliveryRepository } from './delivery.repository.js';
import type { TicketProgress } from './delivery-state.js';
import { Dispatch } from './dispatch.js';

/** The use cases of a delivery; each runs in its own transaction or joins the current one. */
@Injectable()
export class DeliveryService {
  constructor(
    private readonly dispatch: Dispatch,
    private readonly deliveries: DeliveryRepository,
    private readonly couriers: CourierRepository,
    private readonly clock: Clock,
    private readonly access: Access,
  ) {}

  noteOrderCreated(id: DeliveryId, order: OrderToDeliver): Promise<void> {
    return this.note(id, (delivery) => delivery.noteOrderCreated(order, this.clock.now()));
  }

  noteTicketAccepted(id: DeliveryId, readyBy: Date): Promise<void> {
    return this.note(id, (delivery) => delivery.noteTicketAccepted(readyBy));
  }

  noteTicket(id: DeliveryId, progress: TicketProgress): Promise<void> {
    return this.note(id, (delivery) => delivery.noteTicket(progress));
  }

  /** Removes the delivery from its courier's plan. */
  callOff(id: DeliveryId): Promise<void> {
    return this.dispatch.alone(async () => {
      const delivery = await this.deliveries.getOrExpectForUpdate(id);
      const { courierId } = delivery;
      const events = delivery.callOff(this.clock.now());
      await this.deliveries.save(delivery, events);
      if (courierId === null || events.length === 0) return;
      const courier = await this.couriers.getForUpdate(courierId);
      courier.dropDelivery(id);
      await this.couriers.save(courier);
    });
  }

  notePickup(id: DeliveryId): Promise<void> {
    return this.dispatch.alone(async () => {
      const delivery = await this.getOwn(id);
      await this.deliveries.save(delivery, delivery.pickUp(this.clock.now()));
      const courier = await this.couriers.getForUpdate(delivery.assignedCourier);
      courier.notePickup(id);
      await this.couriers.save(courier);
    });
  }

  noteDropoff(id: DeliveryId): Promise<void> {
    return this.dispatch.alone(async () => {
      const delivery = await this.getOwn(id);
      await this.deliveries.save(delivery, delivery.dropOff(this.clock.now()));
      const courier = await this.couriers.getForUpdate(delivery.assignedCourier);
      courier.noteDropoff(id);
      await this.couriers.save(courier);
    });
  }

  private async getOwn(id: DeliveryId): Promise<Delivery> {
    const delivery = await this.deliveries.getForUpdate(id);
    await this.access.demand({ courier: delivery.courierId ?? undefined }, () => new DeliveryNotFound(id));
    return delivery;
  }

  /** Whichever event makes a delivery complete also assigns it to a courier. */
  private note(id: DeliveryId, event: (delivery: Delivery) => DeliveryEvent[]): Promise<void> {
    return this.dispatch.alone(async () => {
      const delivery = await this.deliveries.getOrExpectForUpdate(id);
      await this.deliveries.save(delivery, event(delivery));
      if (delivery.isSchedulable) await this.dispatch.scheduleWaitingAndRest();
    });
  }
}
