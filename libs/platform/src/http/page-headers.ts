import type { FastifyReply } from 'fastify';
import helmet from 'helmet';

/**
 * Adds headers that confine an HTML page to its own origin, and to the hosts in `scripts` with scripts inside of the page. Other
 * responses are JSON, which no browser renders.
 */
export function pageHeaders(reply: FastifyReply, scripts: readonly string[] = []): void {
  const scriptSrc = scripts.length === 0 ? ["'self'"] : ["'self'", "'unsafe-inline'", ...scripts];
  const protect = helmet({
    // Without TLS, an upgraded page would not find its own scripts. Redirecting to TLS is the task of what terminates it.
    contentSecurityPolicy: { directives: { scriptSrc, upgradeInsecureRequests: null } },
    strictTransportSecurity: false,
  });
  protect(reply.request.raw, reply.raw, () => undefined);
}
