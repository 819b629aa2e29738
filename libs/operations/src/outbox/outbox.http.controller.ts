import { OutboxActions, OutboxReader } from '@ftgo/messaging/operations';
import { Allow, RespondsWith, Summary } from '@ftgo/platform';
import { Body, Controller, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ActsGuard } from '../acts.guard.js';
import { type ActRequest, actRequest, operatorOf } from '../operator.js';
import { outboxBody, republishResponse } from './outbox.dto.js';

@ApiTags('Operations')
@Allow('operator')
@UseGuards(ActsGuard)
@Controller('operations/outbox')
export class OutboxHttpController {
  constructor(
    private readonly outbox: OutboxReader,
    private readonly acts: OutboxActions,
  ) {}

  @Get()
  @RespondsWith(outboxBody)
  async getOutbox(): Promise<z.output<typeof outboxBody>> {
    const { isRead: _, waiting, skipped, ...progress } = await this.outbox.state();
    return {
      ...progress,
      waiting: waiting.map(({ writtenAt, ...message }) => ({ ...message, writtenAt: writtenAt.toISOString() })),
      skipped: skipped.map(({ at, ...skip }) => ({ ...skip, at: at.toISOString() })),
    };
  }

  @Post('republish')
  @HttpCode(200)
  @Summary('Put rejected messages back into the outbox')
  @RespondsWith(republishResponse)
  async republishRejected(@Body({ schema: actRequest }) { by, reason }: ActRequest): Promise<z.output<typeof republishResponse>> {
    return { republished: await this.acts.republishRejected(operatorOf(by), reason) };
  }
}
