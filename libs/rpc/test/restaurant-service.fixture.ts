import {
  type GetRestaurantRequest,
  type GetRestaurantResponse,
  type RestaurantDetails,
  RestaurantServiceApi,
  type ReviseMenuRequest,
  type ReviseMenuResponse,
} from '@ftgo/contracts/restaurant';
import { Money } from '@ftgo/kernel';
import { createService } from '@ftgo/platform';
import { Controller, type DynamicModule } from '@nestjs/common';
import { GrpcServer } from '../src/server/grpc-server.js';
import { Rpc } from '../src/server/rpc.decorator.js';
import type { RunningServer } from './order-service.fixture.js';

export const restaurant: RestaurantDetails = {
  restaurantId: 3,
  name: 'Ajanta',
  address: { street1: '1 High Street', city: 'Oakland', state: 'CA', zip: '94612' },
  menu: { menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: Money.of('12.34') }] },
  orderMinimum: Money.of('0.00'),
};

/** The response of the fixture's restaurant service to each call. */
export interface RestaurantBehaviour {
  getRestaurant?(request: GetRestaurantRequest): Promise<GetRestaurantResponse>;
  reviseMenu?(request: ReviseMenuRequest): Promise<ReviseMenuResponse>;
}

/** A Nest application that serves RestaurantService over gRPC. */
export async function startRestaurantService(behaviour: RestaurantBehaviour = {}, port = 0): Promise<RunningServer> {
  @Controller()
  class RestaurantGrpcController {
    @Rpc(RestaurantServiceApi.method.getRestaurant)
    async getRestaurant(request: GetRestaurantRequest): Promise<GetRestaurantResponse> {
      return (await behaviour.getRestaurant?.(request)) ?? { restaurant };
    }

    @Rpc(RestaurantServiceApi.method.reviseMenu)
    async reviseMenu(request: ReviseMenuRequest): Promise<ReviseMenuResponse> {
      return (await behaviour.reviseMenu?.(request)) ?? { restaurant: { ...restaurant, menu: request.menu } };
    }
  }
  class RestaurantModule {}
  const module: DynamicModule = { module: RestaurantModule, controllers: [RestaurantGrpcController] };
  const app = await createService(module, { name: 'restaurant-service', logLevel: 'silent' });
  const server = new GrpcServer({ services: [RestaurantServiceApi], port });
  app.connectMicroservice({ strategy: server });
  await app.startAllMicroservices();
  return { url: `127.0.0.1:${server.port}`, port: server.port, close: () => app.close() };
}
