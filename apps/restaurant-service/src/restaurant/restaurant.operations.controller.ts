import type { RestaurantId } from '@ftgo/ftgo';
import { ActsGuard, type AssignOwnerRequest, assignOwnerRequest, OwnerActs, ownerResponse } from '@ftgo/operations';
import { Allow, RespondsWith, Summary } from '@ftgo/platform';
import { restaurantIdParam } from '@ftgo/rest/restaurant';
import { Body, Controller, Param, Put, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RestaurantService } from './restaurant.service.js';

@ApiTags('Operations')
@Allow('operator')
@UseGuards(ActsGuard)
@Controller('operations/restaurants')
export class RestaurantOperationsController {
  constructor(
    private readonly owners: OwnerActs,
    private readonly service: RestaurantService,
  ) {}

  @Put(':id/owner')
  @Summary('Assign a restaurant to a person')
  @RespondsWith(ownerResponse)
  assignOwner(
    @Param('id', { schema: restaurantIdParam }) id: RestaurantId,
    @Body({ schema: assignOwnerRequest }) request: AssignOwnerRequest,
  ) {
    return this.owners.assign({ kind: 'restaurant', id }, request, (principal) => this.service.assignOwner(id, principal));
  }
}
