import { Module } from '@nestjs/common';
import { ConsumerModule } from '../consumer/consumer.module.js';
import { ErasureModule } from '../erasure/erasure.module.js';
import { RestaurantModule } from '../restaurant/restaurant.module.js';
import { OrderFacts } from './order.facts.js';
import { OrderGrpcController } from './order.grpc.controller.js';
import { OrderHttpController } from './order.http.controller.js';
import { OrderQueries } from './order.queries.js';
import { OrderRepository } from './order.repository.js';
import { OrderSagaSteps } from './order.saga-steps.js';
import { OrderService } from './order.service.js';
import { SettledOrders } from './settled-orders.js';
import { WatchedOrders } from './watched-orders.js';

@Module({
  imports: [ConsumerModule, ErasureModule, RestaurantModule],
  controllers: [OrderHttpController, OrderGrpcController],
  providers: [OrderRepository, OrderQueries, OrderService, SettledOrders, WatchedOrders, OrderSagaSteps, OrderFacts],
})
export class OrderModule {}
