import {
  type BatchGetDeliveriesRequest,
  type BatchGetDeliveriesResponse,
  DeliveryServiceApi,
  type GetCourierRequest,
  type GetCourierResponse,
  type GetDeliveryRequest,
  type GetDeliveryResponse,
  type NoteCourierAvailabilityRequest,
  type NoteCourierAvailabilityResponse,
  type NoteDropoffRequest,
  type NoteDropoffResponse,
  type NotePickupRequest,
  type NotePickupResponse,
} from '@ftgo/contracts/delivery';
import { courierId, deliveryId } from '@ftgo/ftgo';
import { Allow } from '@ftgo/platform';
import { Rpc } from '@ftgo/rpc';
import { Controller } from '@nestjs/common';
import { CourierQueries } from '../courier/courier.queries.js';
import { CourierService } from '../courier/courier.service.js';
import { DeliveryQueries } from './delivery.queries.js';
import { DeliveryService } from './delivery.service.js';

@Controller()
export class DeliveryGrpcController {
  constructor(
    private readonly deliveries: DeliveryService,
    private readonly deliveryQueries: DeliveryQueries,
    private readonly couriers: CourierService,
    private readonly courierQueries: CourierQueries,
  ) {}

  @Allow('courier', 'operator', 'service')
  @Rpc(DeliveryServiceApi.method.getDelivery)
  async getDelivery(request: GetDeliveryRequest): Promise<GetDeliveryResponse> {
    return { delivery: await this.deliveryQueries.get(deliveryId(request.deliveryId)) };
  }

  @Allow('courier', 'operator', 'service')
  @Rpc(DeliveryServiceApi.method.batchGetDeliveries)
  async batchGetDeliveries({ deliveryIds }: BatchGetDeliveriesRequest): Promise<BatchGetDeliveriesResponse> {
    return { deliveries: await this.deliveryQueries.findOwn(deliveryIds.map(deliveryId)) };
  }

  @Allow('courier', 'operator')
  @Rpc(DeliveryServiceApi.method.notePickup)
  async notePickup(request: NotePickupRequest): Promise<NotePickupResponse> {
    await this.deliveries.notePickup(deliveryId(request.deliveryId));
    return this.getDelivery(request);
  }

  @Allow('courier', 'operator')
  @Rpc(DeliveryServiceApi.method.noteDropoff)
  async noteDropoff(request: NoteDropoffRequest): Promise<NoteDropoffResponse> {
    await this.deliveries.noteDropoff(deliveryId(request.deliveryId));
    return this.getDelivery(request);
  }

  @Allow('courier', 'operator')
  @Rpc(DeliveryServiceApi.method.getCourier)
  async getCourier(request: GetCourierRequest): Promise<GetCourierResponse> {
    return { courier: await this.courierQueries.get(courierId(request.courierId)) };
  }

  @Allow('courier', 'operator')
  @Rpc(DeliveryServiceApi.method.noteCourierAvailability)
  async noteCourierAvailability(request: NoteCourierAvailabilityRequest): Promise<NoteCourierAvailabilityResponse> {
    await this.couriers.noteAvailability(courierId(request.courierId), request.available);
    return this.getCourier(request);
  }
}
