import type { ContentTypes } from '@ftgo/messaging';
import { createService, Database, type NestFastifyApplication } from '@ftgo/platform';
import { type GrpcClient, GrpcServer, type GrpcServerOptions, grpcClient } from '@ftgo/rpc';
import type { Type } from '@nestjs/common';
import type { BrokerSettings } from '../broker/broker-access.js';
import { eventually } from '../eventually.js';

/** The gRPC API of a service. */
export type Api = GrpcServerOptions['services'][number];

export type ServiceModule = Parameters<typeof createService>[0];

/** The configuration that every service has. */
export interface ServiceConfig extends BrokerSettings {
  readonly httpPort: number;
  readonly httpHost: string;
  readonly logLevel: 'error';
  readonly grpcPort: number;
  readonly databaseUrl: string;
  readonly contentTypes?: ContentTypes;
}

export const serviceConfig = (databaseUrl: string, broker: BrokerSettings = {}): ServiceConfig => ({
  httpPort: 0,
  httpHost: '127.0.0.1',
  logLevel: 'error',
  grpcPort: 0,
  databaseUrl,
  ...broker,
});

export interface Answer {
  readonly status: number;
  readonly contentType: string | null;
  readonly body: Record<string, unknown>;
}

export interface ServiceOptions<Of extends Api> {
  readonly name: string;
  readonly api: Of;
  readonly module: ServiceModule;
}

/** What `launch` has started. */
export interface LaunchedService<Of extends Api> {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly grpc: GrpcClient<Of>;
  readonly grpcUrl: string;
}

/** Starts a service in this process, on free ports. */
export async function launch<Of extends Api>({ name, api, module }: ServiceOptions<Of>): Promise<LaunchedService<Of>> {
  const app = await createService(module, { name, logLevel: 'error' });
  const server = new GrpcServer({ services: [api], port: 0 });
  app.connectMicroservice({ strategy: server });
  await app.startAllMicroservices();
  await app.listen({ port: 0, host: '127.0.0.1' });
  const grpcUrl = `127.0.0.1:${server.port}`;
  return { app, url: await app.getUrl(), grpc: grpcClient(api, { url: grpcUrl }), grpcUrl };
}

/** A service in this process and its clients. */
export class ServiceInProcess<Of extends Api = Api> {
  readonly app: NestFastifyApplication;
  readonly database: Database;
  readonly grpc: GrpcClient<Of>;
  readonly grpcUrl: string;
  private readonly url: string;

  constructor({ app, url, grpc, grpcUrl }: LaunchedService<Of>) {
    this.app = app;
    this.database = app.get(Database);
    this.grpc = grpc;
    this.grpcUrl = grpcUrl;
    this.url = url;
  }

  async untilReady(): Promise<void> {
    await eventually(async () => {
      const { body } = await this.get('/health/ready');
      if (body.status !== 'up') throw new Error(`the service is not ready: ${JSON.stringify(body)}`);
    });
  }

  provider<Provider>(type: Type<Provider>): Provider {
    return this.app.get(type);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request(path, { headers });
  }

  post(path: string, body?: object | string, contentType = json, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request(path, { method: 'POST', ...contentOf(body, contentType, headers) });
  }

  put(path: string, body: object): Promise<Answer> {
    return this.request(path, { method: 'PUT', ...contentOf(body, json) });
  }

  async close(): Promise<void> {
    this.grpc.close();
    await this.app.close();
  }

  private async request(path: string, init: RequestInit): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, init);
    const text = await response.text();
    const contentType = response.headers.get('content-type');
    return { status: response.status, contentType, body: (contentType?.includes('json') ? JSON.parse(text) : { text }) as Answer['body'] };
  }
}

const json = 'application/json; charset=UTF-8';

function contentOf(body: object | string | undefined, contentType: string, headers: Record<string, string> = {}): RequestInit {
  if (body === undefined) return { headers };
  return { headers: { 'content-type': contentType, ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

/** Starts a service in this process; resolves when it is ready. */
export async function startInProcess<Of extends Api>(options: ServiceOptions<Of>): Promise<ServiceInProcess<Of>> {
  const service = new ServiceInProcess(await launch(options));
  await service.untilReady();
  return service;
}
