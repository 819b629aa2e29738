import { Module } from '@nestjs/common';
import { ConsumerCommandHandlers } from './consumer.command-handlers.js';
import { ConsumerFacts } from './consumer.facts.js';
import { ConsumerGrpcController } from './consumer.grpc.controller.js';
import { ConsumerHttpController } from './consumer.http.controller.js';
import { ConsumerRepository } from './consumer.repository.js';
import { ConsumerService } from './consumer.service.js';
import { ErasureHttpController } from './erasure.http.controller.js';

@Module({
  controllers: [ConsumerHttpController, ConsumerGrpcController, ErasureHttpController],
  providers: [ConsumerRepository, ConsumerService, ConsumerCommandHandlers, ConsumerFacts],
})
export class ConsumerModule {}
