import type { FastifyReply } from 'fastify';
import helmet from 'helmet';

/**
 * Adds headers that confine an HTML page to its own origin. With `scripts`, inline scripts and those of these hosts are allowed,
 * too. Other responses are JSON, which no browser renders.
 */
export function pageHeaders(reply: FastifyReply, scripts: readonly string[] = []): void {
  const scriptSrc = scripts.length === 0 ? ["'self'"] : ["'self'", "'unsafe-inline'", ...scripts];
  const protect = helmet({
    // Without TLS, an upgraded page would not find its own scripts. Redirecting to TLS is the task of the proxy that terminates it.
    contentSecurityPolicy: { directives: { scriptSrc, upgradeInsecureRequests: null } },
    strictTransportSecurity: false,
  });
  protect(reply.request.raw, reply.raw, () => undefined);
}
