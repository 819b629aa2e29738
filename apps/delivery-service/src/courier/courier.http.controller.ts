import type { CourierId } from '@ftgo/ftgo';
import { Allow, AnswersAnyId, RepresentedAs, RespondsWith, Summary } from '@ftgo/platform';
import { noteAvailabilityRequest } from '@ftgo/rest/delivery';
import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { courierForms, courierIdParam, courierJson, courierResponse } from './courier.http.dto.js';
import { CourierQueries, type CourierView } from './courier.queries.js';
import { CourierService } from './courier.service.js';

@Controller('couriers')
export class CourierHttpController {
  constructor(
    private readonly couriers: CourierService,
    private readonly queries: CourierQueries,
  ) {}

  @Allow('courier', 'operator')
  @Get(':courierId')
  @RepresentedAs(courierForms)
  getCourier(@Param('courierId', { schema: courierIdParam }) id: CourierId): Promise<CourierView> {
    return this.queries.get(id);
  }

  @Allow('courier', 'operator')
  @Post(':courierId/availability')
  @Summary('Record whether a courier is available')
  @AnswersAnyId()
  @RespondsWith(courierResponse)
  async noteAvailability(
    @Param('courierId', { schema: courierIdParam }) id: CourierId,
    @Body({ schema: noteAvailabilityRequest }) { available }: z.output<typeof noteAvailabilityRequest>,
  ) {
    await this.couriers.noteAvailability(id, available);
    return courierJson(await this.queries.get(id));
  }
}
