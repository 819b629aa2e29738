// An HTTP server within limits, for a process that must stay small: it loads neither Nest nor Fastify.
export { HttpConnections } from './http-connections.js';
export { serverOptions } from './http-limits.js';
