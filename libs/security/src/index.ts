export { caller } from './caller.js';
export { AllowRoles, type Decision, decisionOf, Public } from './decision.js';
export { IssuerUnavailable, RoleRequired, Unauthenticated, Undecided } from './errors.js';
export { Gate } from './gate.js';
export { type Principal, principalId } from './principal.js';
export { ServiceAccount, type ServiceAccountSettings } from './service-account.js';
export { type TokenSettings, TokenVerifier } from './token-verifier.js';
