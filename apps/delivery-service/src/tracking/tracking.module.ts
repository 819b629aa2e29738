import { Module } from '@nestjs/common';
import { DeliveryModule } from '../delivery/delivery.module.js';
import { CourierPositions } from './courier-positions.js';
import { CourierTracking } from './courier-tracking.js';
import { TrackingGrpcController } from './tracking.grpc.controller.js';

/** Couriers whose devices are connected. A module of its own: a rebuild, which has no broker to publish to, does without it. */
@Module({
  imports: [DeliveryModule],
  controllers: [TrackingGrpcController],
  providers: [CourierTracking, CourierPositions],
})
export class TrackingModule {}
