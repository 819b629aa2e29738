import 'reflect-metadata';
import type { IncomingMessage } from 'node:http';
import { Gate, type TokenSettings } from '@ftgo/security';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Logger, PinoLogger } from 'nestjs-pino';
import type { DestinationStream, Logger as PinoRoot } from 'pino';
import { type HttpLimits, httpLimits, limitsOf, type ServiceLimits, serviceLimits } from '../config/server-limits.js';
import { ReadinessCheck } from '../health/readiness.js';
import { rejectOtherMethods } from '../http/allowed-methods.js';
import { serveApiDocs } from '../http/api-docs.js';
import { admitRequests } from '../http/authentication.js';
import { acceptOnlyJson, bodyLimitBytes } from '../http/body-parser.js';
import { compressResponses } from '../http/compression.js';
import { allowOrigins } from '../http/cors.js';
import { answerNotModified, tagEncodedResponses } from '../http/etag.js';
import { answerJsonWithoutCharset } from '../http/media-types.js';
import { rejectWhenOverloaded } from '../http/overload.js';
import { ParserErrors } from '../http/parser-errors.js';
import { ProblemFilter } from '../http/problem.filter.js';
import { limitRequests, type RateLimit } from '../http/rate-limit.js';
import { runRequestsInContext } from '../http/request-context.js';
import { ValidationPipe } from '../http/validation.pipe.js';
import { rejectMalformed } from '../http/well-formed.js';
import { HttpConnections } from '../http-server/http-connections.js';
import { serverOptions } from '../http-server/http-limits.js';
import { moveManagement } from '../http-server/management.js';
import { createLogger, forNest } from '../logging/logging.js';
import { observeParserErrors, observeRequests } from '../logging/request-log.js';
import { Metrics } from '../metrics/metrics.js';
import { PlatformModule } from './platform.module.js';

export interface CreateServiceOptions extends RateLimit {
  /** The application's name, as in its folder and in the logs. */
  readonly name: string;
  readonly logLevel?: string;
  /** Where log lines go; default standard output. */
  readonly logTo?: DestinationStream;
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<HttpLimits & ServiceLimits>;
  /** Origins whose pages may use the service from a browser, such as https://shop.example; default none. */
  readonly corsOrigins?: readonly string[] | undefined;
  /** Whose access tokens requests need; default: they need none. */
  readonly security?: TokenSettings | undefined;
  /** Whether the description of the API is served; default on. */
  readonly apiDocs?: 'on' | 'off' | undefined;
  /** The port of health, metrics, the API's description and `/operations`; default: that of the service. */
  readonly managementPort?: number | undefined;
  /** The address to listen on for `managementPort`; default loopback. */
  readonly httpHost?: string;
  /** Proxies whose `X-Forwarded-For` names the client; default none. */
  readonly trustedProxies?: readonly string[] | undefined;
}

class ServiceRoot {}

/** The whole service, initialised but not listening: for runService, and for tests (`app.inject`, `app.listen(0)`). */
export async function createService(module: Type | DynamicModule, options: CreateServiceOptions): Promise<NestFastifyApplication> {
  let app: NestFastifyApplication | undefined;
  const logger = createLogger({ service: options.name, level: options.logLevel ?? 'info', destination: options.logTo });
  const filter = new ProblemFilter();
  const observe = observeParserErrors(logger, () => app!.get(Metrics));
  const parserErrors = new ParserErrors(observe);
  const limits = limitsOf({ ...httpLimits, ...serviceLimits }, options.limits ?? {});
  const adapter = new FastifyAdapter({
    ...fastifyLimits(limits),
    trustProxy: options.trustedProxies ? [...options.trustedProxies] : false,
    http: { ...serverOptions(limits), ...parserErrors.serverOptions, shouldUpgradeCallback: asksForWebSocket },
    clientErrorHandler: parserErrors.onClientError,
    forceCloseConnections: 'idle',
    // A text of 255 characters, percent-encoded.
    routerOptions: { maxParamLength: 3_000, ignoreTrailingSlash: true },
    // While stopping, requests on open connections still get a response, and then the connection is closed.
    return503OnClosing: false,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => observe(filter.answer(error, request, reply)),
  });
  const server = adapter.getInstance<FastifyInstance>();
  parserErrors.listen(server.server);
  const connections = new HttpConnections(server.server, limits);
  const isRestricted = options.security !== undefined;
  const root: DynamicModule = {
    module: ServiceRoot,
    imports: [PlatformModule.forRoot({ logger, connections, isRestricted }), module],
  };
  runRequestsInContext(server);
  rejectMalformed(server);
  const { managementPort, httpHost = '127.0.0.1' } = options;
  if (managementPort !== undefined) moveManagement(server, { port: managementPort, host: httpHost, limits });
  await allowOrigins(server, options.corsOrigins ?? []);
  // Before the limit, which counts by principal.
  if (options.security) admitRequests(server, new Gate(options.security));
  await limitRequests(server, options, logger);
  rejectOtherMethods(server);
  acceptOnlyJson(server);
  rejectWhenOverloaded(server, limits, (reason) => app?.get(Metrics).requestRejected(reason));
  answerCreationWithOk(server);
  answerJsonWithoutCharset(server);
  answerNotModified(server);
  await compressResponses(server);
  tagEncodedResponses(server);
  endConnectionsWhenStopping(server, () => app?.get(ReadinessCheck).isStopping === true);
  observeRequests(server, logger, () => app!.get(Metrics));
  app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    bodyParser: false,
    logger: nestLogger(logger),
    abortOnError: false,
  });
  app.useGlobalPipes(new ValidationPipe());
  app.useGlobalFilters(filter);
  if (options.apiDocs !== 'off')
    serveApiDocs(app, server, { name: options.name, isRestricted, isRateLimited: options.rateLimitPerMinute !== undefined });
  return app;
}

/**
 * Only this upgrade is ever accepted. Java's client offers h2c with each request: as an upgrade, the request would lose its body.
 */
function asksForWebSocket(this: void, { headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/** Fastify overrides limits that are already set on the Node server. */
const fastifyLimits = (limits: HttpLimits) => ({
  bodyLimit: bodyLimitBytes,
  requestTimeout: limits.httpRequestTimeoutMs,
  keepAliveTimeout: limits.httpKeepAliveTimeoutMs,
});

/** Uses the logger from the first line on, while the modules are still being created. */
function nestLogger(logger: PinoRoot): Logger {
  const parameters = forNest(logger);
  return new QuietLogger(new PinoLogger(parameters), parameters);
}

/** Nest logs a line for every module and every route. */
const chatty = new Set<unknown>(['InstanceLoader', 'NestFactory', 'NestMicroservice', 'RouterExplorer', 'RoutesResolver']);

class QuietLogger extends Logger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (chatty.has(rest.at(-1))) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}

/**
 * Without this, a connection with a request in progress when the service is asked to stop would stay open for a minute after
 * the response.
 */
function endConnectionsWhenStopping(server: FastifyInstance, isStopping: () => boolean): void {
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (isStopping()) void reply.header('connection', 'close');
    done(null, payload);
  });
}

/** Compatible clients expect 200 for every POST; Nest's default is 201. */
function answerCreationWithOk(server: FastifyInstance): void {
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (reply.statusCode === 201) void reply.code(200);
    done(null, payload);
  });
}
