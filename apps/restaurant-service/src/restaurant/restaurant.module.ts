import { Module } from '@nestjs/common';
import { RestaurantGrpcController } from './restaurant.grpc.controller.js';
import { RestaurantHttpController } from './restaurant.http.controller.js';
import { RestaurantRepository } from './restaurant.repository.js';
import { RestaurantService } from './restaurant.service.js';

@Module({
  controllers: [RestaurantHttpController, RestaurantGrpcController],
  providers: [RestaurantRepository, RestaurantService],
})
export class RestaurantModule {}
