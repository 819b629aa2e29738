import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** What pages of other origins may read, besides the headers that are always readable. */
const exposedHeaders = [
  'Age',
  'Allow',
  'ETag',
  'Preference-Applied',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'Retry-After',
  'X-Trace-Id',
];

/**
 * Lets pages of these origins use the service. Without any, no response has a CORS header. A preflight request is passed on to
 * the handler of OPTIONS, so that the response has `Allow`, or is 404 for an unknown path.
 */
export async function allowOrigins(server: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  await server.register(cors, {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    exposedHeaders,
    maxAge: 600,
    strictPreflight: false,
    preflightContinue: true,
  });
}
