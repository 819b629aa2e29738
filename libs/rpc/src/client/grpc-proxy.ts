import type { OnApplicationShutdown } from '@nestjs/common';
import type { Service } from '../call/methods.js';
import { type Calls, type GrpcClient, type GrpcClientOptions, grpcClient } from './grpc-client.js';

/** The class of a proxy: its instances have the service's methods. */
export type GrpcProxy<S extends Service> = new (options: GrpcClientOptions) => Calls<S> & OnApplicationShutdown;

/**
 * The remote proxy of a service as a class, to be extended, injected and closed like any provider: `class OrderServiceProxy
 * extends grpcProxy(OrderServiceApi) {}`.
 */
export function grpcProxy<S extends Service>(service: S): GrpcProxy<S> {
  class Proxy implements OnApplicationShutdown {
    readonly #client: GrpcClient<S>;

    constructor(options: GrpcClientOptions) {
      this.#client = grpcClient(service, options);
      Object.assign(this, this.#client.calls);
    }

    onApplicationShutdown(): void {
      this.#client.close();
    }
  }
  return Proxy as unknown as GrpcProxy<S>;
}
