import type { ServerOptions } from 'node:http';
import type { HttpLimits } from '../config/server-limits.js';

/** The maximum size of the URL and all headers of a request. */
const maxHeaderBytes = 16 * 1024;

/** Options for `createServer`: the limits that Node itself enforces. */
export function serverOptions({ httpHeadersTimeoutMs, httpRequestTimeoutMs, httpKeepAliveTimeoutMs }: HttpLimits): ServerOptions {
  return {
    requestTimeout: httpRequestTimeoutMs,
    // Node rejects a longer one.
    headersTimeout: Math.min(httpHeadersTimeoutMs, httpRequestTimeoutMs),
    keepAliveTimeout: httpKeepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(1_000, httpHeadersTimeoutMs, httpRequestTimeoutMs),
    maxHeaderSize: maxHeaderBytes,
  };
}
