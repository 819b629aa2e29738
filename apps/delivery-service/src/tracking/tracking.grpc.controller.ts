import { DeliveryServiceApi, type TrackCourierRequest, type TrackCourierResponse } from '@ftgo/contracts/delivery';
import { Allow } from '@ftgo/platform';
import { Rpc, type RpcStream } from '@ftgo/rpc';
import { Controller } from '@nestjs/common';
import { CourierTracking } from './courier-tracking.js';

@Controller()
export class TrackingGrpcController {
  constructor(private readonly tracking: CourierTracking) {}

  @Allow('courier', 'operator')
  @Rpc(DeliveryServiceApi.method.trackCourier)
  async *trackCourier(requests: AsyncIterable<TrackCourierRequest>, { signal }: RpcStream): AsyncGenerator<TrackCourierResponse> {
    for await (const assignment of this.tracking.track(requests, signal)) yield { assignment };
  }
}
