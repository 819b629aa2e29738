import type { ConsumerId } from '@ftgo/ftgo';
import { AcceptsIdempotencyKey, Allow, RespondsWith } from '@ftgo/platform';
import { consumerIdParam, consumerResponse, createConsumerRequest, createConsumerResponse } from '@ftgo/rest/consumer';
import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { ConsumerServiceProxy } from './consumer-service.proxy.js';

@Controller('consumers')
export class ConsumerHttpController {
  constructor(private readonly consumers: ConsumerServiceProxy) {}

  @Allow('operator')
  @Post()
  @AcceptsIdempotencyKey()
  @RespondsWith(createConsumerResponse)
  createConsumer(@Body({ schema: createConsumerRequest }) request: z.output<typeof createConsumerRequest>) {
    return this.consumers.createConsumer(request);
  }

  @Allow('consumer', 'operator', 'service')
  @Get(':consumerId')
  @RespondsWith(consumerResponse)
  async getConsumer(@Param('consumerId', { schema: consumerIdParam }) consumerId: ConsumerId) {
    return (await this.consumers.getConsumer({ consumerId })).consumer;
  }
}
