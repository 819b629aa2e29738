import { Module } from '@nestjs/common';
import { RestaurantFacts } from './restaurant.facts.js';
import { RestaurantGrpcController } from './restaurant.grpc.controller.js';
import { RestaurantHttpController } from './restaurant.http.controller.js';
import { RestaurantOperationsController } from './restaurant.operations.controller.js';
import { RestaurantRepository } from './restaurant.repository.js';
import { RestaurantService } from './restaurant.service.js';

@Module({
  controllers: [RestaurantHttpController, RestaurantOperationsController, RestaurantGrpcController],
  providers: [RestaurantRepository, RestaurantService, RestaurantFacts],
})
export class RestaurantModule {}
