// One service of the chain, as a process: answers itself, or by a call to the next one.
import { type GetRestaurantRequest, type GetRestaurantResponse, RestaurantServiceApi } from '@ftgo/contracts/restaurant';
import { Money } from '@ftgo/kernel';
import { runService } from '@ftgo/platform';
import { grpcProxy, grpcServerOptions, Rpc } from '@ftgo/rpc';
import { Controller, type DynamicModule, Module } from '@nestjs/common';

const { BENCH_NAME = 'link', BENCH_HTTP_PORT, BENCH_GRPC_PORT, BENCH_NEXT } = process.env;

class NextProxy extends grpcProxy(RestaurantServiceApi) {}

const restaurant = {
  restaurantId: 3,
  name: 'Ajanta',
  address: { street1: '1 High Street', city: 'Oakland', state: 'CA', zip: '94612' },
  menu: { menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: Money.of('12.34') }] },
  orderMinimum: Money.zero,
  version: 1,
};

@Controller()
class LinkController {
  constructor(private readonly next: NextProxy) {}

  @Rpc(RestaurantServiceApi.method.getRestaurant)
  async getRestaurant(request: GetRestaurantRequest): Promise<GetRestaurantResponse> {
    return BENCH_NEXT ? this.next.getRestaurant(request) : { restaurant };
  }
}

@Module({ controllers: [LinkController] })
class LinkModule {
  static forRoot(): DynamicModule {
    const useFactory = () => new NextProxy({ url: BENCH_NEXT ?? '127.0.0.1:1', dependency: 'next' });
    return { module: LinkModule, providers: [{ provide: NextProxy, useFactory }] };
  }
}

await runService(LinkModule, {
  name: BENCH_NAME,
  config: () => ({ httpPort: Number(BENCH_HTTP_PORT), httpHost: '127.0.0.1', logLevel: 'error' }),
  grpc: () => grpcServerOptions({ services: [RestaurantServiceApi], port: Number(BENCH_GRPC_PORT) }),
});
