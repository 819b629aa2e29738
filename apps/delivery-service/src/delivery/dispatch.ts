import type { CourierId } from '@ftgo/ftgo';
import { Clock } from '@ftgo/kernel';
import { type Collector, Transactions } from '@ftgo/messaging';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { Courier } from '../courier/courier.js';
import { CourierRepository } from '../courier/courier.repository.js';
import { DeliveryRepository } from './delivery.repository.js';

/** Limits a transaction, so that others do not wait long when a courier becomes available after a long time or unavailable. */
const scheduledTogether = 100;

/** Assigns deliveries to couriers. */
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
   * Every change of deliveries, couriers and restaurants first takes this lock and holds it until the transaction ends. A
   * batch of messages is one transaction, which locks deliveries in the order of its topic, and couriers that all of them
   * share; batches of other topics lock the same rows in another order. Taking one lock first prevents deadlocks, and a
   * courier who becomes available cannot miss a delivery that becomes schedulable in a concurrent transaction.
   */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.transactions.run(async (transaction) => {
      await transaction.postpone({ name: 'dispatch-lock', text: "SELECT pg_advisory_xact_lock(hashtext('delivery dispatch'))" });
      return work();
    });
  }

  /** Schedules the oldest deliveries first; without a courier they stay PENDING. Returns true if more may be waiting. */
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

  /** Schedules in the current transaction; what exceeds its limit follows after its commit. */
  async scheduleWaitingAndRest(): Promise<void> {
    if (await this.scheduleWaiting()) this.transactions.current('scheduling deliveries').collect(this.rest, 'waits');
  }

  async scheduleAllWaiting(): Promise<void> {
    let more = true;
    while (more) more = await this.alone(() => this.scheduleWaiting());
  }

  /** Reassigns what an unavailable courier has not picked up; without another courier it waits. Returns true if more is left. */
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

  /** A courier who becomes available again in the meantime keeps the rest. */
  async relieveOfAll(id: CourierId): Promise<void> {
    const relieveOfSome = async () => {
      const courier = await this.couriers.getForUpdate(id);
      return !courier.available && this.relieve(courier);
    };
    let more = true;
    while (more) more = await this.alone(relieveOfSome);
  }

  /** Completes the work of a process that died halfway. */
  async onApplicationBootstrap(): Promise<void> {
    await this.attempt('cannot reassign the deliveries of unavailable couriers; retrying at the next start', () => this.relieveAllOfAll());
    await this.scheduleRest();
  }

  private async relieveAllOfAll(): Promise<void> {
    for (let id = await this.couriers.findToRelieve(); id !== undefined; id = await this.couriers.findToRelieve()) {
      await this.relieveOfAll(id);
    }
  }

  private scheduleRest(): Promise<void> {
    return this.attempt('cannot schedule waiting deliveries; retrying at the next event', () => this.scheduleAllWaiting());
  }

  private async attempt(otherwise: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.log.warn({ err: error }, otherwise);
    }
  }
}
