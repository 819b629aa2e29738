import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { httpLimits, limitsOf } from '../config/server-limits.js';
import { apiDocument } from '../http/api-document.js';
import { HttpConnections } from '../http-server/http-connections.js';
import { createLogger } from '../logging/logging.js';
import { PlatformModule } from './platform.module.js';

class DescribedRoot {}

export interface DescribedService {
  /** The application's name. */
  readonly name: string;
  /** Whether the service can limit the requests of a caller. */
  readonly isRateLimited: boolean;
}

/** The OpenAPI document of a service, from its routes. Creates none of its providers: it needs no database and no broker. */
export async function describeService(module: DynamicModule, { name, isRateLimited }: DescribedService): Promise<OpenAPIObject> {
  const adapter = new FastifyAdapter();
  const logger = createLogger({ service: name, level: 'silent' });
  const connections = new HttpConnections(adapter.getHttpServer(), limitsOf(httpLimits, {}));
  const root: DynamicModule = {
    module: DescribedRoot,
    imports: [PlatformModule.forRoot({ logger, connections, isRestricted: false }), module],
  };
  const app = await NestFactory.create(root, adapter, { preview: true, logger: false, abortOnError: false });
  return apiDocument(app, name, { isRestricted: false, isRateLimited });
}
