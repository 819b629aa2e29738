// Signing in at the issuer of access tokens.
export { signInByDevice } from './device-sign-in.js';
export { givenOperatorToken, type Headers, operatorAccess } from './operator-access.js';
export { signIn } from './sign-in.js';
