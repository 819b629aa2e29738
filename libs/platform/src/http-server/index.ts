// An HTTP server with limits, without loading Nest or Fastify, for processes that must stay small.
export { HttpConnections } from './http-connections.js';
export { serverOptions } from './http-limits.js';
