import type { ConsumerDetails } from '@ftgo/contracts/consumer';
import type { ConsumerId } from '@ftgo/ftgo';
import { AcceptsIdempotencyKey, Allow, RepresentedAs, RespondsWith } from '@ftgo/platform';
import {
  type CreateConsumerRequest,
  consumerForms,
  consumerIdParam,
  createConsumerRequest,
  createConsumerResponse,
} from '@ftgo/rest/consumer';
import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { detailsOf } from './consumer.details.js';
import { ConsumerService } from './consumer.service.js';

@Controller('consumers')
export class ConsumerHttpController {
  constructor(private readonly service: ConsumerService) {}

  @Allow('consumer', 'operator')
  @Post()
  @AcceptsIdempotencyKey()
  @RespondsWith(createConsumerResponse)
  async createConsumer(@Body({ schema: createConsumerRequest }) { name }: CreateConsumerRequest) {
    return { consumerId: await this.service.createConsumer(name) };
  }

  @Allow('consumer', 'operator', 'service')
  @Get(':consumerId')
  @RepresentedAs(consumerForms)
  async getConsumer(@Param('consumerId', { schema: consumerIdParam }) id: ConsumerId): Promise<ConsumerDetails> {
    return detailsOf(await this.service.getConsumer(id));
  }
}
