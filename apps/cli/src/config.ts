import { UserError } from '@ftgo/runner/errors';

/** The CLI's settings from its environment. */
export const config = {
  /** All of it, for settings that the services have too. */
  environment: process.env,
  /** FTGO_POSTGRES_URL: the administrator's URL of a system that runs elsewhere. */
  postgresUrl: process.env['FTGO_POSTGRES_URL'],
  /** FTGO_OIDC_ISSUER: the issuer of access tokens of a system that runs elsewhere. */
  oidcIssuer: process.env['FTGO_OIDC_ISSUER'] || undefined,
  /** FTGO_SECURITY=on: that system requires access tokens, and has ports for operators. */
  isSecure: process.env['FTGO_SECURITY'] === 'on',
  /** FTGO_ORDER_SERVICE_URL and so on: the URL of an app of that system; with FTGO_SECURITY=on, that of its port for operators. */
  urlOf: (app: string): string | undefined => httpUrlIn(`FTGO_${app.replaceAll('-', '_').toUpperCase()}_URL`),
};

function httpUrlIn(variable: string): string | undefined {
  const url = process.env[variable] || undefined;
  if (url === undefined || (/^https?:/.test(url) && URL.canParse(url))) return url;
  throw new UserError(`invalid ${variable} '${url}': expected a URL such as http://127.0.0.1:8082`);
}
