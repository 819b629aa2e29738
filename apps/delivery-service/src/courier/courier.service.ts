import type { CourierId } from '@ftgo/kernel';
import { Injectable } from '@nestjs/common';
import { Dispatch } from '../delivery/dispatch.js';
import { Courier } from './courier.js';
import { CourierRepository } from './courier.repository.js';

/** The use cases of a courier. */
@Injectable()
export class CourierService {
  constructor(
    private readonly dispatch: Dispatch,
    private readonly couriers: CourierRepository,
  ) {}

  /** Who was not known is from now on. What waited for a courier is scheduled. */
  async noteAvailability(id: CourierId, available: boolean): Promise<void> {
    await this.dispatch.alone(async () => {
      const courier = (await this.couriers.findForUpdate(id)) ?? Courier.create(id);
      courier.noteAvailability(available);
      await this.couriers.save(courier);
      if (available) await this.dispatch.scheduleWaiting();
    });
    if (available) await this.dispatch.scheduleAllWaiting();
  }
}
