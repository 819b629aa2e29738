import { Clock } from '@ftgo/kernel';
import { type Collector, Transactions } from '@ftgo/messaging';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { CourierRepository } from '../courier/courier.repository.js';
import { DeliveryRepository } from './delivery.repository.js';

/** So many are scheduled in one transaction, so that nobody waits long when a courier comes after a long time without. */
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

  /** A process that ended in the middle may have left some behind. */
  onApplicationBootstrap(): Promise<void> {
    return this.scheduleRest();
  }

  private async scheduleRest(): Promise<void> {
    try {
      await this.scheduleAllWaiting();
    } catch (error) {
      this.log.warn({ err: error }, 'deliveries that wait for a courier go on waiting until the next event');
    }
  }
}
