import type { CourierId } from '@ftgo/ftgo';
import { ActsGuard, type AssignOwnerRequest, assignOwnerRequest, OwnerActs, ownerResponse } from '@ftgo/operations';
import { Allow, AnswersAnyId, Ownership, RespondsWith, Summary } from '@ftgo/platform';
import { Body, Controller, Param, Put, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { courierIdParam } from './courier.http.dto.js';

@ApiTags('Operations')
@Allow('operator')
@UseGuards(ActsGuard)
@Controller('operations/couriers')
export class CourierOperationsController {
  constructor(
    private readonly owners: OwnerActs,
    private readonly ownership: Ownership,
  ) {}

  /** Even before the courier has first reported being available. */
  @Put(':courierId/owner')
  @Summary('Assign a courier to a person')
  @AnswersAnyId()
  @RespondsWith(ownerResponse)
  assignOwner(
    @Param('courierId', { schema: courierIdParam }) id: CourierId,
    @Body({ schema: assignOwnerRequest }) request: AssignOwnerRequest,
  ) {
    const courier = { kind: 'courier', id } as const;
    return this.owners.assign(courier, request, (principal) => this.ownership.assign(courier, principal));
  }
}
