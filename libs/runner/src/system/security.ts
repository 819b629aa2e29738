import { writeFileSync } from 'node:fs';
import { config } from '../config.js';
import { passwordsFrom } from '../postgres/provision.js';
import type { Home } from './home.js';
import { type PortPlan, portOf } from './port-plan.js';

export const identityService = 'identity-service';
const gateway = 'api-gateway';

/** How a system with security identifies its callers. */
export interface SecurityAccess {
  readonly issuer: string;
  readonly audience: string;
  /** The secrets and files of identity-service; undefined if another issuer is given. */
  readonly own?: { readonly password: string; readonly gatewaySecret: string; readonly accountsFile: string } | undefined;
}

/** The given issuer, or identity-service with secrets that are derived from the home's. */
export function securityAccess(home: Home, ports: PortPlan): SecurityAccess {
  const { oidcIssuer: given, oidcAudience: audience = 'ftgo' } = config;
  if (given) return { issuer: given, audience };
  const secretOf = passwordsFrom(home.secret());
  const own = { password: secretOf('accounts'), gatewaySecret: secretOf(gateway), accountsFile: home.accounts };
  writeFileSync(home.accountsPassword, own.password, { mode: 0o600 });
  return { issuer: `http://127.0.0.1:${portOf(ports, `${identityService} http`)}`, audience, own };
}

/** The settings that an app needs for it; none without security. */
export function securityOf(app: string, security: SecurityAccess | undefined): NodeJS.ProcessEnv {
  if (!security) return {};
  const { issuer, audience, own } = security;
  const shared = { FTGO_OIDC_ISSUER: issuer, FTGO_OIDC_AUDIENCE: audience };
  if (app !== identityService) {
    const secret = app === gateway && own ? { FTGO_OIDC_CLIENT_SECRET: own.gatewaySecret } : {};
    return { ...shared, ...secret, FTGO_SECURITY: 'on' };
  }
  if (!own) return shared;
  return {
    ...shared,
    FTGO_IDENTITY_PASSWORD: own.password,
    FTGO_IDENTITY_CLIENTS: `${gateway}=${own.gatewaySecret}`,
    FTGO_IDENTITY_ACCOUNTS_FILE: own.accountsFile,
  };
}
