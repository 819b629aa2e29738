import { existsSync, readFileSync } from 'node:fs';
import { config } from '../config.js';
import type { Home } from '../system/home.js';
import type { SecurityAccess } from '../system/security.js';
import { UserError } from '../user-error.js';
import { signInForTokens } from './sign-in.js';

export type Headers = Readonly<Record<string, string>>;

/** The account of identity-service for an operator. */
const operator = 'olga';
/** A token is replaced this long before it expires. */
const renewedBeforeMs = 30_000;

/** An operator's access token from FTGO_ACCESS_TOKEN or `ftgo login`; undefined without both. */
export function givenOperatorToken(home: Home): string | undefined {
  const { operatorToken: file } = home;
  return config.accessToken ?? (existsSync(file) ? readFileSync(file, 'utf8') : undefined);
}

/**
 * The headers of an operator's requests, however long a program runs: with FTGO_ACCESS_TOKEN if it is set; otherwise none while
 * security is off, else the token of `ftgo login` or, at identity-service, that of its operator, who signs in again before it
 * expires. Throws a `UserError` if security is on and there is no token.
 */
export function operatorAccess(security: SecurityAccess | undefined, home: Home): () => Promise<Headers> {
  const given = config.accessToken ?? (security && !security.own ? givenOperatorToken(home) : undefined);
  if (given !== undefined) return () => Promise.resolve(bearer(given));
  if (!security) return () => Promise.resolve({});
  const { issuer, own } = security;
  if (!own) throw new UserError('security is on: sign in as an operator (npm run ftgo -- login), or set FTGO_ACCESS_TOKEN');
  const password = own.password;
  let current: Promise<Headers> | undefined;
  const signedIn = async (): Promise<Headers> => {
    const forgotten = () => (current = undefined);
    const { access_token, expires_in = 0 } = await signInForTokens(issuer, { name: operator, password }).catch((error: unknown) => {
      forgotten();
      throw error;
    });
    setTimeout(forgotten, expires_in * 1_000 - renewedBeforeMs).unref();
    return bearer(access_token);
  };
  // Requests at the same time share one sign-in.
  return () => (current ??= signedIn());
}

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });
