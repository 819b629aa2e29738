import { Allow, AnswersAnyId, RespondsWith, Summary } from '@ftgo/platform';
import { noteAvailabilityRequest } from '@ftgo/rest/delivery';
import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { type CourierResponse, courierIdParam, courierJson, courierResponse } from './courier.http.dto.js';
import { DeliveryServiceProxy } from './delivery-service.proxy.js';

@Controller('couriers')
export class CourierHttpController {
  constructor(private readonly deliveries: DeliveryServiceProxy) {}

  @Allow('courier', 'operator')
  @Get(':courierId')
  @RespondsWith(courierResponse)
  async getCourier(@Param('courierId', { schema: courierIdParam }) courierId: number): Promise<CourierResponse> {
    return courierJson((await this.deliveries.getCourier({ courierId })).courier);
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
    return courierJson((await this.deliveries.noteCourierAvailability({ courierId, available })).courier);
  }
}
