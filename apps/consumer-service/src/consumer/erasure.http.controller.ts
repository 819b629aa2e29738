import type { ConsumerId } from '@ftgo/ftgo';
import { type ActRequest, ActsGuard, actionBody, actionExample, actRequest, operatorOf } from '@ftgo/operations';
import { Allow, RespondsWith, Summary } from '@ftgo/platform';
import { consumerIdParam } from '@ftgo/rest/consumer';
import { Body, Controller, Param, Post, UseGuards } from '@nestjs/common';
import { z } from 'zod';
import { ConsumerService } from './consumer.service.js';

const erasureExample = { ...actionExample, action: 'consumer.erase', subject: 'consumer/7', reason: 'request 4711 of the consumer' };
const erasureResponse = z
  .object({ consumerId: z.int(), actions: z.array(actionBody).describe('who erased it, when and why') })
  .meta({ id: 'Erasure', example: { consumerId: 7, actions: [erasureExample] } });

/** An act of operators, since it needs a reason and cannot be undone. */
@Allow('operator')
@UseGuards(ActsGuard)
@Controller('operations/consumers')
export class ErasureHttpController {
  constructor(private readonly service: ConsumerService) {}

  @Post(':consumerId/erase')
  @Summary('Erase the personal data of a consumer')
  @RespondsWith(erasureResponse)
  async eraseConsumer(
    @Param('consumerId', { schema: consumerIdParam }) consumerId: ConsumerId,
    @Body({ schema: actRequest }) { by, reason }: ActRequest,
  ): Promise<z.output<typeof erasureResponse>> {
    const actions = await this.service.eraseConsumer(consumerId, operatorOf(by), reason);
    return { consumerId, actions: actions.map((each) => ({ ...each, at: each.at.toISOString() })) };
  }
}
