import { type DynamicModule, Logger } from '@nestjs/common';
import type { CustomStrategy, CustomTransportStrategy, MicroserviceOptions } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { HttpConfig } from '../config/config-fields.js';
import { tokenSettings } from '../config/security-config.js';
import { limitsOf, serviceLimits } from '../config/server-limits.js';
import { ReadinessCheck } from '../health/readiness.js';
import { HttpConnections } from '../http-server/http-connections.js';
import { type Program, runProcess } from '../process/run-process.js';
import { createService } from './create-service.js';

export interface ServiceOptions<Config extends HttpConfig> {
  /** The application's name, as in its folder and in the logs. */
  readonly name: string;
  /** Reads the environment; a ConfigError ends the process with one readable message. */
  readonly config: () => Config;
  /** The gRPC server, if the service has one; its health follows `/health/ready`. */
  readonly grpc?: (config: Config, isReady: () => Promise<boolean>) => GrpcOptions;
}

/** A gRPC server as seen by the service that runs it. */
export interface GrpcOptions extends CustomStrategy {
  readonly strategy: CustomTransportStrategy;
}

/** The application's module, created from its configuration. */
export interface ServiceModule<Config> {
  forRoot(config: Config): DynamicModule;
}

/** The body of a service's main.ts: starts it, serves until SIGTERM or SIGINT, then stops gracefully. */
export async function runService<Config extends HttpConfig>(module: ServiceModule<Config>, options: ServiceOptions<Config>): Promise<void> {
  await runProcess<Config>({
    name: options.name,
    config: options.config,
    program: (config) => programOf(module, config, options),
    stopWithinMs: (config) => limitsOf(serviceLimits, config).stopWithinMs,
  });
}

async function programOf<Config extends HttpConfig>(
  module: ServiceModule<Config>,
  config: Config,
  { name, grpc: grpcOf }: ServiceOptions<Config>,
): Promise<Program> {
  const app = await createService(module.forRoot(config), {
    ...config,
    name,
    limits: config,
    security: tokenSettings(config),
  });
  const isReady = async () => (await app.get(ReadinessCheck).readiness()).ready;
  const grpc = grpcOf?.(config, isReady);
  if (grpc) app.connectMicroservice<MicroserviceOptions>(grpc);
  const log = new Logger('Service');
  return {
    log: { info: (fields, message) => log.log(fields, message), error: (fields, message) => log.error(fields, message) },
    start: async () => {
      await app.startAllMicroservices();
      await app.listen({ port: config.httpPort, host: config.httpHost });
      return { url: await app.getUrl() };
    },
    stop: () => stopInOrder(app, grpc?.strategy),
  };
}

/**
 * Becomes not ready; finishes requests and calls in progress while everything they need still runs; then closes consumers,
 * connection pools and clients of other services (Nest's shutdown hooks).
 */
async function stopInOrder(app: NestFastifyApplication, grpc: CustomTransportStrategy | undefined): Promise<void> {
  app.get(ReadinessCheck).stop();
  await Promise.all([app.get(HttpConnections).drain(), grpc?.close()]);
  await app.close();
}
