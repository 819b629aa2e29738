export { TestIssuer, type TokenOptions } from './test-issuer.js';
