import type { CourierId } from '@ftgo/ftgo';
import { Access } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { Dispatch } from '../delivery/dispatch.js';
import { CourierNotFound } from './courier.errors.js';
import { Courier } from './courier.js';
import { CourierRepository } from './courier.repository.js';

/** The use cases of a courier. */
@Injectable()
export class CourierService {
  constructor(
    private readonly dispatch: Dispatch,
    private readonly couriers: CourierRepository,
    private readonly access: Access,
  ) {}

  /**
   * Creates an unknown courier. Schedules deliveries that wait for a courier; deliveries that an unavailable courier has
   * not picked up go to the next one, or wait.
   */
  async noteAvailability(id: CourierId, available: boolean): Promise<void> {
    await this.access.demand({ courier: id }, () => new CourierNotFound(id));
    const isMore = await this.dispatch.alone(async () => {
      const courier = (await this.couriers.findForUpdate(id)) ?? Courier.create(id);
      courier.noteAvailability(available);
      await this.couriers.save(courier);
      return available ? this.dispatch.scheduleWaiting() : this.dispatch.relieve(courier);
    });
    if (isMore) await (available ? this.dispatch.scheduleAllWaiting() : this.dispatch.relieveOfAll(id));
  }

  /** The courier has this assignment, and all before it. */
  acknowledge(id: CourierId, number: number): Promise<void> {
    return this.dispatch.alone(async () => {
      const courier = await this.couriers.getForUpdate(id);
      courier.acknowledge(number);
      await this.couriers.save(courier);
    });
  }
}
