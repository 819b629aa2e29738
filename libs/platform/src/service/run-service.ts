import { UnsupportedPostgres } from '@ftgo/messaging/postgres';
import { type DynamicModule, Logger } from '@nestjs/common';
import type { CustomStrategy, CustomTransportStrategy, MicroserviceOptions } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { HttpConfig } from '../config/config-fields.js';
import { ConfigError, variableOf } from '../config/parse-config.js';
import { limitsOf, serviceLimits } from '../config/server-limits.js';
import { DatabaseUnusable } from '../database/connect.js';
import { ReadinessCheck } from '../health/readiness.js';
import { HttpConnections } from '../http-server/http-connections.js';
import { startTracing, type Tracing } from '../telemetry/tracing.js';
import { createService } from './create-service.js';

export interface ServiceOptions<Config extends HttpConfig> {
  /** The application's name, as in the folder and the logs. */
  readonly name: string;
  /** Reads the environment; a ConfigError ends the process with one readable message. */
  readonly config: () => Config;
  /** The gRPC server, if the service has one; its health follows `/health/ready`. */
  readonly grpc?: (config: Config, isReady: () => Promise<boolean>) => GrpcOptions;
}

/** What a gRPC server is to the service that runs it. */
export interface GrpcOptions extends CustomStrategy {
  readonly strategy: CustomTransportStrategy;
}

/** The application's module, made from its configuration. */
export interface ServiceModule<Config> {
  forRoot(config: Config): DynamicModule;
}

/** All that a service's main.ts does: starts it, serves until SIGTERM or SIGINT, then stops in good order. */
export async function runService<Config extends HttpConfig>(module: ServiceModule<Config>, options: ServiceOptions<Config>): Promise<void> {
  await endWithMessage(options.name, async () => {
    const config = options.config();
    const tracing = await startTracing(options.name);
    const app = await createService(module.forRoot(config), { name: options.name, logLevel: config.logLevel, limits: config });
    const isReady = async () => (await app.get(ReadinessCheck).readiness()).ready;
    const grpc = options.grpc?.(config, isReady);
    if (grpc) app.connectMicroservice<MicroserviceOptions>(grpc);
    stopOnSignal({ app, tracing, grpc: grpc?.strategy }, limitsOf(serviceLimits, config).stopWithinMs);
    await app.startAllMicroservices();
    await app.listen({ port: config.httpPort, host: config.httpHost });
    new Logger('Service').log({ url: await app.getUrl() }, 'up');
  });
}

/** Runs a program's work; what it cannot do is one message on standard error and exit code 1, not a stack. */
export async function endWithMessage(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    process.stderr.write(`${name}: ${messageOf(error)}\n`, () => process.exit(1));
  }
}

function messageOf(error: unknown): string {
  if (error instanceof ConfigError || error instanceof DatabaseUnusable || error instanceof UnsupportedPostgres) return error.message;
  const { code, address, port } = error as { code?: unknown; address?: unknown; port?: unknown };
  if (code === 'EADDRINUSE')
    return `port ${String(port)} on ${String(address)} is taken: stop what uses it, or set ${variableOf('httpPort')}`;
  if (code === 'EACCES') return `port ${String(port)} on ${String(address)} may not be used: set ${variableOf('httpPort')}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

interface Running {
  readonly app: NestFastifyApplication;
  readonly tracing: Tracing;
  readonly grpc: CustomTransportStrategy | undefined;
}

function stopOnSignal(running: Running, stopWithinMs: number): void {
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    const log = new Logger('Service');
    log.log({ signal }, 'stopping');
    setTimeout(() => {
      log.error('not stopped in time: leaving what is in hand to be done again');
      process.exit(1);
    }, stopWithinMs).unref();
    stopInOrder(running).then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => stop(signal));
}

/**
 * Not ready; requests and calls in hand are answered while all that they need still runs; then consumers, connection pools
 * and clients of other services close (hooks of Nest); last what reports on all of it.
 */
async function stopInOrder({ app, tracing, grpc }: Running): Promise<void> {
  app.get(ReadinessCheck).stop();
  await Promise.all([app.get(HttpConnections).drain(), grpc?.close()]);
  await app.close();
  await tracing.stop();
}
