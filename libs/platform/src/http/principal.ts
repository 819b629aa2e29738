import type { FastifyRequest } from 'fastify';

/** Who sent a request, as `<issuer>|<sub>`. Without access tokens, no one is known. */
export const principalOf = (_request: FastifyRequest): string | undefined => undefined;
