import {
  type BatchGetConsumersRequest,
  type BatchGetConsumersResponse,
  ConsumerServiceApi,
  type CreateConsumerRequest,
  type CreateConsumerResponse,
  type GetConsumerRequest,
  type GetConsumerResponse,
} from '@ftgo/contracts/consumer';
import { consumerId } from '@ftgo/ftgo';
import { Allow, valid } from '@ftgo/platform';
import { createConsumerRequest } from '@ftgo/rest/consumer';
import { Rpc } from '@ftgo/rpc';
import { Controller } from '@nestjs/common';
import { detailsOf } from './consumer.details.js';
import { ConsumerService } from './consumer.service.js';

@Controller()
export class ConsumerGrpcController {
  constructor(private readonly service: ConsumerService) {}

  @Allow('consumer', 'operator')
  @Rpc(ConsumerServiceApi.method.createConsumer)
  async createConsumer(request: CreateConsumerRequest): Promise<CreateConsumerResponse> {
    const { name } = await valid(createConsumerRequest, request);
    return { consumerId: await this.service.createConsumer(name) };
  }

  @Allow('consumer', 'operator', 'service')
  @Rpc(ConsumerServiceApi.method.getConsumer)
  async getConsumer(request: GetConsumerRequest): Promise<GetConsumerResponse> {
    return { consumer: detailsOf(await this.service.getConsumer(consumerId(request.consumerId))) };
  }

  @Allow('consumer', 'operator', 'service')
  @Rpc(ConsumerServiceApi.method.batchGetConsumers)
  async batchGetConsumers({ consumerIds }: BatchGetConsumersRequest): Promise<BatchGetConsumersResponse> {
    const consumers = await this.service.findConsumers(consumerIds.map(consumerId));
    return { consumers: consumers.map(detailsOf) };
  }
}
