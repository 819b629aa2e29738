import { OutboxReader } from '@ftgo/messaging/operations';
import { RespondsWith } from '@ftgo/platform';
import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { outboxBody } from './outbox.dto.js';

@ApiTags('Operations')
@Controller('operations/outbox')
export class OutboxHttpController {
  constructor(private readonly outbox: OutboxReader) {}

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
}
