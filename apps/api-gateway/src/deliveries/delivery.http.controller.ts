import type { DeliveryDetails } from '@ftgo/contracts/delivery';
import { Allow, MayRespondWith, RepresentedAs, RespondsWith, Summary } from '@ftgo/platform';
import { Controller, Get, Param, Post } from '@nestjs/common';
import { type DeliveryResponse, deliveryForms, deliveryIdParam, deliveryJson, deliveryResponse } from './delivery.http.dto.js';
import { DeliveryServiceProxy } from './delivery-service.proxy.js';
import { DropOffAddresses } from './drop-off-addresses.js';

@Controller('deliveries')
export class DeliveryHttpController {
  constructor(
    private readonly deliveries: DeliveryServiceProxy,
    private readonly addresses: DropOffAddresses,
  ) {}

  @Allow('courier', 'operator', 'service')
  @Get(':deliveryId')
  @RepresentedAs(deliveryForms)
  async getDelivery(@Param('deliveryId', { schema: deliveryIdParam }) deliveryId: number): Promise<DeliveryDetails> {
    return this.completed((await this.deliveries.getDelivery({ deliveryId })).delivery);
  }

  @Allow('courier', 'operator')
  @Post(':deliveryId/pickup')
  @Summary('Record that the courier has picked up a delivery')
  @MayRespondWith(409)
  @RespondsWith(deliveryResponse)
  async notePickup(@Param('deliveryId', { schema: deliveryIdParam }) deliveryId: number): Promise<DeliveryResponse> {
    return deliveryJson(await this.completed((await this.deliveries.notePickup({ deliveryId })).delivery));
  }

  @Allow('courier', 'operator')
  @Post(':deliveryId/dropoff')
  @Summary('Record that the courier has dropped off a delivery')
  @MayRespondWith(409)
  @RespondsWith(deliveryResponse)
  async noteDropoff(@Param('deliveryId', { schema: deliveryIdParam }) deliveryId: number): Promise<DeliveryResponse> {
    return deliveryJson(await this.completed((await this.deliveries.noteDropoff({ deliveryId })).delivery));
  }

  private async completed(delivery: DeliveryDetails): Promise<DeliveryDetails> {
    return { ...delivery, courierActions: await this.addresses.completed(delivery.courierActions) };
  }
}
