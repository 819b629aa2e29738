import type { StruckMessage } from '@ftgo/messaging/operations';
import { Allow, RespondsWith, Summary } from '@ftgo/platform';
import { Body, Controller, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ActsGuard } from '../acts.guard.js';
import { textOfPlace } from '../facts/messages/message-problem.js';
import { operatorOf } from '../operator.js';
import { StrikeOuts } from './strike-outs.js';
import { strikeOutRequest, struckResponse } from './struck-messages.dto.js';

@ApiTags('Operations')
@Allow('operator')
@UseGuards(ActsGuard)
@Controller('operations/struck-messages')
export class StruckMessagesHttpController {
  constructor(private readonly strikeOuts: StrikeOuts) {}

  @Get()
  @RespondsWith(struckResponse)
  async listStruckMessages() {
    return bodyOf(await this.strikeOuts.list());
  }

  @Post()
  @HttpCode(200)
  @Summary('Strike out messages, so that rebuilds leave them out')
  @RespondsWith(struckResponse)
  async strikeOutMessages(@Body({ schema: strikeOutRequest }) { by, reason, places }: z.output<typeof strikeOutRequest>) {
    return bodyOf(await this.strikeOuts.strikeOut(places, operatorOf(by), reason));
  }
}

const bodyOf = (messages: readonly StruckMessage[]): z.output<typeof struckResponse> => ({
  messages: messages.map(({ id, subject, by, reason, at, rebuiltAt, ...place }) => ({
    id,
    place: textOfPlace(place),
    subject,
    by,
    reason,
    at: at.toISOString(),
    rebuiltAt: rebuiltAt?.toISOString(),
  })),
});
