import type { CourierId } from '@ftgo/ftgo';
import { Clock } from '@ftgo/kernel';
import { type Collector, Transactions } from '@ftgo/messaging';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { Courier } from '../courier/courier.js';
import { CourierRepository } from '../courier/courier.repository.js';
import { DeliveryRepository } from './delivery.repository.js';

/** So many are scheduled in one transaction, so that nobody waits long when a courier comes after a long time without, or goes. */
const scheduledTogether = 100;

/** Gives deliveries to couriers. */
@Injectable()
export class Dispatch implements OnApplicationBootstrap {
  private readonly log = new Logger(Dispatch.name);
  private readonly rest: Collector<'waits'> = { flush: async () => {}, committed: () => void this.scheduleRest() };

  constructor(
    private readonly transactions: Transactions,
    private readonly deliveries: DeliveryRepository,
    private readonly couriers: CourierRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * Every change of deliveries, couriers and restaurants begins with this one lock, held until the transaction ends.
   * A batch of messages is one transaction, which locks deliveries in the order of its topic and the couriers that all
   * of them share; batches of other topics lock the same rows in another order. With one first lock they cannot
   * deadlock, and a courier who becomes available cannot miss a delivery that is becoming schedulable beside it.
   */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.transactions.run(async (transaction) => {
      await transaction.query({ name: 'dispatch-lock', text: "SELECT pg_advisory_xact_lock(hashtext('delivery dispatch'))" });
      return work();
    });
  }

  /** The oldest first; without a courier they stay PENDING. Returns true when more may wait. */
  async scheduleWaiting(): Promise<boolean> {
    const waiting = await this.deliveries.findWaiting(scheduledTogether);
    for (const { id, pickupAddress } of waiting) {
      const courier = await this.couriers.findLeastBusyForUpdate();
      if (!courier) return false;
      const delivery = await this.deliveries.getForUpdate(id);
      courier.assign(id);
      await this.couriers.save(courier);
      await this.deliveries.save(delivery, delivery.schedule(courier.id, pickupAddress, this.clock.now()));
    }
    return waiting.length === scheduledTogether;
  }

  /** In the transaction that is open; what is more than it should hold comes after its commit. */
  async scheduleWaitingAndRest(): Promise<void> {
    if (await this.scheduleWaiting()) this.transactions.current('scheduling deliveries').collect(this.rest, 'waits');
  }

  async scheduleAllWaiting(): Promise<void> {
    let more = true;
    while (more) more = await this.alone(() => this.scheduleWaiting());
  }

  /** Gives what an unavailable courier has not picked up to the next; without one it waits. Returns true when more is left. */
  async relieve(courier: Courier): Promise<boolean> {
    for (const id of courier.notPickedUp.slice(0, scheduledTogether)) {
      courier.dropDelivery(id);
      const delivery = await this.deliveries.getForUpdate(id);
      const next = await this.couriers.findLeastBusyForUpdate();
      next?.assign(id);
      if (next) await this.couriers.save(next);
      await this.deliveries.save(delivery, next ? delivery.reschedule(next.id, this.clock.now()) : delivery.unschedule());
    }
    await this.couriers.save(courier);
    return courier.notPickedUp.length > 0;
  }

  /** A courier who is available again meanwhile keeps the rest. */
  async relieveOfAll(id: CourierId): Promise<void> {
    const relieveOfSome = async () => {
      const courier = await this.couriers.getForUpdate(id);
      return !courier.available && this.relieve(courier);
    };
    let more = true;
    while (more) more = await this.alone(relieveOfSome);
  }

  /** A process that ended in the middle may have left some behind. */
  async onApplicationBootstrap(): Promise<void> {
    await this.attempt('unavailable couriers keep what they have not picked up until the next start', () => this.relieveAllOfAll());
    await this.scheduleRest();
  }

  private async relieveAllOfAll(): Promise<void> {
    for (let id = await this.couriers.findToRelieve(); id !== undefined; id = await this.couriers.findToRelieve()) {
      await this.relieveOfAll(id);
    }
  }

  private scheduleRest(): Promise<void> {
    return this.attempt('deliveries that wait for a courier go on waiting until the next event', () => this.scheduleAllWaiting());
  }

  private async attempt(otherwise: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.log.warn({ err: error }, otherwise);
    }
  }
}
