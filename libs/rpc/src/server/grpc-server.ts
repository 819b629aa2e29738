import { setTimeout as pause } from 'node:timers/promises';
import { type GrpcLimits, grpcLimits, limitsOf, type TlsSettings } from '@ftgo/platform';
import { Gate, type TokenSettings } from '@ftgo/security';
import {
  Server as GrpcJsServer,
  type Server,
  type ServerCredentials,
  type ServerDuplexStream,
  type ServerOptions,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { ServerGrpc } from '@nestjs/microservices';
import { lastValueFrom, type Observable } from 'rxjs';
import { keepalive } from '../call/keepalive.js';
import { serverMessageLimits } from '../call/message-limits.js';
import { type Service, serviceName } from '../call/methods.js';
import type { Discovery } from '../discovery/discovery.js';
import { type DiscoveryConfig, openDiscovery } from '../discovery/open-discovery.js';
import { rpcStatusOf, toServiceError } from '../status/rpc-status.js';
import { serverSecurity } from '../tls/credentials.js';
import { guardCall } from './call-guard.js';
import { GrpcHealth } from './grpc-health.js';
import { grpcPackageDefinition } from './package-definition.js';
import { reflectedFiles } from './reflection.js';
import { readRequests } from './rpc-stream.interceptor.js';
import { type ServedStream, ServerStreams, type StreamCall } from './server-streams.js';

export interface GrpcServerOptions {
  readonly services: readonly Service[];
  /** 0 picks a free port; see `GrpcServer.port`. */
  readonly port: number;
  /** The address to listen on; default loopback. */
  readonly host?: string;
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<GrpcLimits>;
  /** Whether the application is ready; the health service reports it. Default: healthy until it stops. */
  readonly isReady?: () => Promise<boolean>;
  /** Whose access tokens calls need; default: they need none. */
  readonly security?: TokenSettings | undefined;
  /** The certificates of the server, with which it admits only apps in the context map; default: clear text, for any client. */
  readonly tls?: TlsSettings | undefined;
  /** The registry in which the server registers while it is ready; default: none. */
  readonly discovery?: DiscoveryConfig & { readonly advertisedHost?: string | undefined };
}

type UnaryHandler = Parameters<ServerGrpc['createUnaryServiceMethod']>[0];
type StreamHandler = (requests: unknown, stream: ServedStream) => Promise<Observable<unknown>>;
type UnaryAnswer = (call: ServerUnaryCall<unknown, unknown>, done: (...result: unknown[]) => void) => Promise<void>;

/** How long a stopping server waits for calls that are arriving, and for clients to read their responses. */
const graceMs = 500;
const checkIntervalMs = 10;

/** Nest's gRPC transport with health, reflection, our codec, and a limit on the age of connections and on stopping. */
export class GrpcServer extends ServerGrpc {
  /** The port of a listening server. */
  port = 0;
  private readonly health: GrpcHealth;
  private readonly gate: Gate | undefined;
  private readonly services: readonly Service[];
  private readonly host: string;
  private readonly requestedPort: number;
  private readonly serverOptions: ServerOptions;
  private readonly credentials: ServerCredentials;
  private readonly isReflected: boolean;
  private readonly callsInProgress = new Set<object>();
  private readonly streams: ServerStreams;
  private registration: Discovery | undefined;

  constructor(private readonly settings: GrpcServerOptions) {
    const { services, port, host = '127.0.0.1', limits = {}, isReady } = settings;
    super({
      url: `${host}:${port}`,
      package: [...new Set(services.map(({ file }) => file.proto.package))],
      packageDefinition: grpcPackageDefinition(services),
    });
    this.services = services;
    this.host = host;
    this.requestedPort = port;
    const { grpcMaxConcurrentCalls, grpcMaxConnectionAgeMs, grpcMaxStreams, grpcReflection } = limitsOf(grpcLimits, limits);
    this.streams = new ServerStreams(grpcMaxStreams, grpcMaxConnectionAgeMs);
    this.isReflected = grpcReflection === 'on';
    const { credentials, interceptors } = serverSecurity(services.map(serviceName), settings.tls);
    this.credentials = credentials;
    this.serverOptions = {
      'grpc.max_concurrent_streams': grpcMaxConcurrentCalls,
      'grpc.max_connection_age_ms': grpcMaxConnectionAgeMs,
      // A stream that was opened at the end of that time may itself last as long.
      'grpc.max_connection_age_grace_ms': grpcMaxConnectionAgeMs + 10_000,
      ...keepalive,
      ...serverMessageLimits,
      interceptors,
    };
    this.gate = settings.security && new Gate(settings.security);
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
    // Not with security on: nothing would require a token of its callers.
    if (this.isReflected && !this.gate) new ReflectionService(reflectedFiles(this.services)).addToServer(server);
    await this.register();
  }

  /** Self-registration: each service of the server, while the application is ready. */
  private async register(): Promise<void> {
    const { discovery, isReady = () => Promise.resolve(true) } = this.settings;
    if (!discovery) return;
    this.registration = await openDiscovery(discovery);
    const address = `${discovery.advertisedHost ?? this.host}:${this.port}`;
    for (const service of this.services) this.registration.register({ service: serviceName(service), address }, isReady);
  }

  /**
   * Stops accepting calls, ends streams, so that their clients continue elsewhere, and lets calls in progress finish; then closes
   * what is still open: idle connections, and streams whose clients do not read.
   */
  override async close(): Promise<void> {
    const server = this.grpcClient as Server | null | undefined;
    if (!server) return;
    this.grpcClient = null;
    this.health.stop();
    await this.registration?.close();
    const closed = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    this.streams.stop();
    await Promise.race([closed, this.callsAnswered()]);
    server.forceShutdown();
  }

  /** All calls in progress got their responses, and their clients had time to read the response. */
  private async callsAnswered(): Promise<void> {
    let quietSince = performance.now();
    while (performance.now() - quietSince < graceMs) {
      await pause(checkIntervalMs);
      if (this.callsInProgress.size > 0) quietSince = performance.now();
    }
  }

  override createUnaryServiceMethod(handler: UnaryHandler): UnaryAnswer {
    const answer = super.createUnaryServiceMethod(handler) as UnaryAnswer;
    return (call, done) => {
      if (this.gate) guardCall(call, this.gate);
      this.callsInProgress.add(call);
      // No client waits for the response any more.
      call.once('cancelled', () => this.callsInProgress.delete(call));
      return answer(call, (...result) => {
        this.callsInProgress.delete(call);
        done(...result);
      });
    };
  }

  override createStreamServiceMethod(handler: StreamHandler) {
    return (call: ServerWritableStream<unknown, unknown>) => this.serveStream(call, (stream) => handler(call.request, stream));
  }

  override createStreamCallMethod(handler: StreamHandler) {
    return (nestCall: object) => {
      const call = nestCall as ServerDuplexStream<unknown, unknown>;
      return this.serveStream(call, (stream) => handler(readRequests(call, stream.signal), stream));
    };
  }

  /** Nest itself would take responses from the handler without regard to how fast they are read. */
  private async serveStream(call: StreamCall, handle: (stream: ServedStream) => Promise<Observable<unknown>>): Promise<void> {
    if (this.gate) guardCall(call, this.gate);
    try {
      await this.streams.serve(call, async (stream) => {
        await lastValueFrom(this.transformToObservable(await handle(stream)), { defaultValue: undefined });
      });
      call.end();
    } catch (error) {
      // Only Overloaded is still to be converted: the filter has converted all other errors.
      if (!call.cancelled) call.emit('error', error instanceof Error ? toServiceError(rpcStatusOf(error)) : error);
    }
  }

  private bind(server: Server): Promise<number> {
    return new Promise((resolve, reject) => {
      server.bindAsync(`${this.host}:${this.requestedPort}`, this.credentials, (error, port) => {
        if (error) reject(new PortInUse(this.host, this.requestedPort, error));
        else resolve(port);
      });
    });
  }
}

/** The gRPC server cannot listen on its port. */
export class PortInUse extends Error {
  constructor(host: string, port: number, cause: Error) {
    super(`gRPC cannot listen on ${host}:${port}; stop the process that uses the port, or set FTGO_GRPC_PORT`, { cause });
    this.name = 'PortInUse';
    // The message tells the operator what to do; a stack trace would not help.
    this.stack = this.message;
  }
}

/** The gRPC server of a service, for `runService({ grpc })` and `app.connectMicroservice`. */
export const grpcServerOptions = (options: GrpcServerOptions): { strategy: GrpcServer } => ({ strategy: new GrpcServer(options) });
