// Verifying tokens alone, without loading Nest or Fastify, for processes that must stay small.
export { IssuerUnavailable, RoleRequired, Unauthenticated } from './errors.js';
export { Gate } from './gate.js';
export { type Principal, principalId } from './principal.js';
export type { TokenSettings } from './token-verifier.js';
