import { Server as GrpcJsServer, type Server, ServerCredentials, type ServerOptions } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { type MicroserviceOptions, ServerGrpc } from '@nestjs/microservices';
import type { Service } from '../call/methods.js';
import { GrpcHealth } from './grpc-health.js';
import { grpcPackageDefinition } from './package-definition.js';
import { reflectedFiles } from './reflection.js';

export interface GrpcServerOptions {
  readonly services: readonly Service[];
  /** 0 takes a free one, told by `GrpcServer.port`. */
  readonly port: number;
  /** The address to listen on; loopback unless said otherwise. */
  readonly host?: string;
  /** How long a connection lives, so that clients look for new instances from time to time. */
  readonly maxConnectionAgeMs?: number;
  /** Whether the application can work; its health says so. Without it, it is healthy until it stops. */
  readonly isReady?: () => Promise<boolean>;
}

const fiveMinutesMs = 300_000;
/** What is left of a stop after calls in hand were given time. */
const stopWithinMs = 3_000;

/** Nest's gRPC transport with health, reflection, our codec, and an end to its connections and to its stopping. */
export class GrpcServer extends ServerGrpc {
  /** The port that it listens on, once it does. */
  port = 0;
  private readonly health: GrpcHealth;
  private readonly services: readonly Service[];
  private readonly host: string;
  private readonly requestedPort: number;
  private readonly serverOptions: ServerOptions;

  constructor({ services, port, host = '127.0.0.1', maxConnectionAgeMs = fiveMinutesMs, isReady }: GrpcServerOptions) {
    super({
      url: `${host}:${port}`,
      package: [...new Set(services.map(({ file }) => file.proto.package))],
      packageDefinition: grpcPackageDefinition(services),
    });
    this.services = services;
    this.host = host;
    this.requestedPort = port;
    this.serverOptions = {
      'grpc.max_connection_age_ms': maxConnectionAgeMs,
      'grpc.max_connection_age_grace_ms': 10_000,
      'grpc.max_receive_message_length': 4 * 1024 * 1024,
    };
    this.health = new GrpcHealth(['', ...services.map(({ typeName }) => typeName)], isReady);
  }

  override async createClient(): Promise<Server> {
    const server = new GrpcJsServer(this.serverOptions);
    this.port = await this.bind(server);
    return server;
  }

  override async bindEvents(): Promise<void> {
    await super.bindEvents();
    const server = this.grpcClient as Server;
    this.health.addTo(server);
    new ReflectionService(reflectedFiles(this.services)).addToServer(server);
  }

  /** Lets calls in hand finish, then closes; a client that holds a stream open cannot keep the process alive. */
  override async close(): Promise<void> {
    const server = this.grpcClient as Server | null | undefined;
    if (!server) return;
    this.grpcClient = null;
    this.health.stop();
    await new Promise<void>((resolve) => {
      const impatient = setTimeout(() => {
        server.forceShutdown();
        resolve();
      }, stopWithinMs);
      server.tryShutdown(() => {
        clearTimeout(impatient);
        resolve();
      });
    });
  }

  private bind(server: Server): Promise<number> {
    return new Promise((resolve, reject) => {
      server.bindAsync(`${this.host}:${this.requestedPort}`, ServerCredentials.createInsecure(), (error, port) => {
        if (error) reject(new PortTaken(this.host, this.requestedPort, error));
        else resolve(port);
      });
    });
  }
}

/** The gRPC server cannot listen where it should. */
export class PortTaken extends Error {
  constructor(host: string, port: number, cause: Error) {
    super(`gRPC cannot listen on ${host}:${port}: stop what uses the port, or set FTGO_GRPC_PORT`, { cause });
    this.name = 'PortTaken';
    // Whoever starts the process is told what to do, not where in our code it was noticed.
    this.stack = this.message;
  }
}

/** The gRPC server of a service, for `runService({ grpc })` and `app.connectMicroservice`. */
export const grpcServerOptions = (options: GrpcServerOptions): MicroserviceOptions => ({ strategy: new GrpcServer(options) });
