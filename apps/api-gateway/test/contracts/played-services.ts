import { isDeepStrictEqual } from 'node:util';
import { AccountingServiceApi } from '@ftgo/contracts/accounting';
import { message } from '@ftgo/contracts/common';
import { ConsumerServiceApi } from '@ftgo/contracts/consumer';
import { DeliveryServiceApi } from '@ftgo/contracts/delivery';
import { type GrpcExample, grpcExamples, sampleOf } from '@ftgo/contracts/examples';
import { KitchenServiceApi } from '@ftgo/contracts/kitchen';
import { OrderServiceApi } from '@ftgo/contracts/order';
import { OrderHistoryServiceApi } from '@ftgo/contracts/orderhistory';
import { RestaurantServiceApi } from '@ftgo/contracts/restaurant';
import { DomainError } from '@ftgo/kernel';
import { jsonContentType, type PayloadType } from '@ftgo/messaging';
import { createService, type NestFastifyApplication } from '@ftgo/platform';
import { GrpcServer, type GrpcServerOptions, Rpc } from '@ftgo/rpc';
import { Controller, type Type } from '@nestjs/common';

type Api = GrpcServerOptions['services'][number];
type Method = Api['method'][string];

const apis: readonly Api[] = [
  OrderServiceApi,
  ConsumerServiceApi,
  RestaurantServiceApi,
  KitchenServiceApi,
  DeliveryServiceApi,
  AccountingServiceApi,
  OrderHistoryServiceApi,
];

/** All services behind the gateway: real gRPC servers that return only what the examples contain. */
export class PlayedServices {
  /** The examples that were requested. */
  readonly asked = new Set<GrpcExample>();
  /** Requests that match no example. */
  readonly unexpected: string[] = [];
  private readonly apps: NestFastifyApplication[] = [];
  private readonly urls = new Map<string, string>();

  async start(): Promise<void> {
    for (const api of apis) {
      class Played {}
      const app = await createService({ module: Played, controllers: [this.controllerOf(api)] }, { name: api.name, logLevel: 'silent' });
      const server = new GrpcServer({ services: [api], port: 0 });
      app.connectMicroservice({ strategy: server });
      await app.startAllMicroservices();
      this.apps.push(app);
      this.urls.set(api.typeName, `127.0.0.1:${server.port}`);
    }
  }

  url({ typeName }: Api): string {
    return this.urls.get(typeName) ?? '';
  }

  async close(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.close()));
  }

  private controllerOf(api: Api): Type {
    class Answers {}
    const methods = Object.values(api.method).filter(({ methodKind }) => methodKind === 'unary');
    for (const method of methods) {
      const examples = grpcExamples.filter((example) => example.service === api.typeName && example.method === method.name);
      const value = async (request: unknown) => this.answer(method, examples, request);
      Object.defineProperty(Answers.prototype, method.localName, { value, writable: true, configurable: true });
      const descriptor = Object.getOwnPropertyDescriptor(Answers.prototype, method.localName) as { value?: never };
      Rpc(method as never)(Answers.prototype, method.localName, descriptor);
    }
    Controller()(Answers);
    return Answers;
  }

  private answer(method: Method, examples: readonly GrpcExample[], request: unknown): unknown {
    const input = message(method.input) as PayloadType<unknown>;
    const output = message(method.output) as PayloadType<unknown>;
    const written = (plain: unknown): unknown => JSON.parse(input.encode(plain, jsonContentType).toString());
    const sample = (example: GrpcExample) => written(read(input, example.request(example.ids)));
    const asked = written(request);
    const exact = examples.find((each) => isDeepStrictEqual(sample(each), asked));
    if (exact) this.asked.add(exact);
    const example = exact ?? examples.find(saysNothingIsThere);
    if (!example) {
      this.unexpected.push(`${method.name} ${JSON.stringify(asked)}`);
      throw new DomainError('NO_EXAMPLE', 'conflict', `no example of ${method.name} for request ${JSON.stringify(asked)}`);
    }
    if ('reason' in example.outcome) throw new DomainError(example.outcome.reason, example.outcome.kind, example.name);
    return read(output, example.outcome.answer(example.ids));
  }
}

/** Ids without an example do not exist. */
const saysNothingIsThere = ({ outcome, ids }: GrpcExample) =>
  'kind' in outcome ? outcome.kind === 'not-found' : Object.keys(outcome.answer(ids)).length === 0;

const read = (type: PayloadType<unknown>, json: Parameters<typeof sampleOf>[0]): unknown =>
  type.decode(Buffer.from(JSON.stringify(sampleOf(json))), jsonContentType);
