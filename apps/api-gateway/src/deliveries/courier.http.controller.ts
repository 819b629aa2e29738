import type { CourierDetails } from '@ftgo/contracts/delivery';
import { Allow, AnswersAnyId, RepresentedAs, RespondsWith, Summary } from '@ftgo/platform';
import { noteAvailabilityRequest } from '@ftgo/rest/delivery';
import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { type CourierResponse, courierForms, courierIdParam, courierJson, courierResponse } from './courier.http.dto.js';
import { DeliveryServiceProxy } from './delivery-service.proxy.js';
import { DropOffAddresses } from './drop-off-addresses.js';

@Controller('couriers')
export class CourierHttpController {
  constructor(
    private readonly deliveries: DeliveryServiceProxy,
    private readonly addresses: DropOffAddresses,
  ) {}

  @Allow('courier', 'operator')
  @Get(':courierId')
  @RepresentedAs(courierForms)
  async getCourier(@Param('courierId', { schema: courierIdParam }) courierId: number): Promise<CourierDetails> {
    return this.completed((await this.deliveries.getCourier({ courierId })).courier);
  }

  @Allow('courier', 'operator')
  @Post(':courierId/availability')
  @Summary('Record whether a courier is available')
  @AnswersAnyId()
  @RespondsWith(courierResponse)
  async noteAvailability(
    @Param('courierId', { schema: courierIdParam }) courierId: number,
    @Body({ schema: noteAvailabilityRequest }) { available }: z.output<typeof noteAvailabilityRequest>,
  ): Promise<CourierResponse> {
    return courierJson(await this.completed((await this.deliveries.noteCourierAvailability({ courierId, available })).courier));
  }

  private async completed(courier: CourierDetails): Promise<CourierDetails> {
    return { ...courier, plan: await this.addresses.completed(courier.plan) };
  }
}
