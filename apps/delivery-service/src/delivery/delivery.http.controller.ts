import type { DeliveryId } from '@ftgo/ftgo';
import { Allow, MayRespondWith, RepresentedAs, RespondsWith, Summary } from '@ftgo/platform';
import { Controller, Get, Param, Post } from '@nestjs/common';
import { deliveryForms, deliveryIdParam, deliveryJson, deliveryResponse } from './delivery.http.dto.js';
import { DeliveryQueries, type DeliveryView } from './delivery.queries.js';
import { DeliveryService } from './delivery.service.js';

@Controller('deliveries')
export class DeliveryHttpController {
  constructor(
    private readonly deliveries: DeliveryService,
    private readonly queries: DeliveryQueries,
  ) {}

  @Allow('courier', 'operator', 'service')
  @Get(':deliveryId')
  @RepresentedAs(deliveryForms)
  getDelivery(@Param('deliveryId', { schema: deliveryIdParam }) id: DeliveryId): Promise<DeliveryView> {
    return this.queries.get(id);
  }

  @Allow('courier', 'operator')
  @Post(':deliveryId/pickup')
  @Summary('Record that the courier has picked up a delivery')
  @MayRespondWith(409)
  @RespondsWith(deliveryResponse)
  async notePickup(@Param('deliveryId', { schema: deliveryIdParam }) id: DeliveryId) {
    await this.deliveries.notePickup(id);
    return this.show(id);
  }

  @Allow('courier', 'operator')
  @Post(':deliveryId/dropoff')
  @Summary('Record that the courier has dropped off a delivery')
  @MayRespondWith(409)
  @RespondsWith(deliveryResponse)
  async noteDropoff(@Param('deliveryId', { schema: deliveryIdParam }) id: DeliveryId) {
    await this.deliveries.noteDropoff(id);
    return this.show(id);
  }

  private async show(id: DeliveryId) {
    return deliveryJson(await this.queries.get(id));
  }
}
