import type { ConsumerId } from '@ftgo/ftgo';
import { TakesIdempotencyKey } from '@ftgo/platform';
import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import {
  type CreateConsumerRequest,
  consumerIdParam,
  consumerJson,
  consumerResponse,
  createConsumerRequest,
  createConsumerResponse,
} from './consumer.http.dto.js';
import { ConsumerService } from './consumer.service.js';

@Controller('consumers')
export class ConsumerHttpController {
  constructor(private readonly service: ConsumerService) {}

  @Post()
  @TakesIdempotencyKey()
  @ApiOkResponse({ standardSchema: createConsumerResponse as never })
  async createConsumer(@Body({ schema: createConsumerRequest }) { name }: CreateConsumerRequest) {
    return { consumerId: await this.service.createConsumer(name) };
  }

  @Get(':consumerId')
  @ApiOkResponse({ standardSchema: consumerResponse as never })
  async getConsumer(@Param('consumerId', { schema: consumerIdParam }) id: ConsumerId) {
    return consumerJson(await this.service.getConsumer(id));
  }
}
