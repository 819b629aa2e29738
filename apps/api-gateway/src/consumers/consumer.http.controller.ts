import type { ConsumerDetails } from '@ftgo/contracts/consumer';
import type { ConsumerId } from '@ftgo/ftgo';
import { AcceptsIdempotencyKey, Allow, RepresentedAs, RespondsWith } from '@ftgo/platform';
import { consumerForms, consumerIdParam, createConsumerRequest, createConsumerResponse } from '@ftgo/rest/consumer';
import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { ConsumerServiceProxy } from './consumer-service.proxy.js';

@Controller('consumers')
export class ConsumerHttpController {
  constructor(private readonly consumers: ConsumerServiceProxy) {}

  @Allow('consumer', 'operator')
  @Post()
  @AcceptsIdempotencyKey()
  @RespondsWith(createConsumerResponse)
  createConsumer(@Body({ schema: createConsumerRequest }) request: z.output<typeof createConsumerRequest>) {
    return this.consumers.createConsumer(request);
  }

  @Allow('consumer', 'operator', 'service')
  @Get(':consumerId')
  @RepresentedAs(consumerForms)
  async getConsumer(@Param('consumerId', { schema: consumerIdParam }) consumerId: ConsumerId): Promise<ConsumerDetails> {
    return (await this.consumers.getConsumer({ consumerId })).consumer;
  }
}
