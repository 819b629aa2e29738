/** The CLI's settings from its environment. */
export const config = {
  /** All of it, for settings that the services have too. */
  environment: process.env,
  /** FTGO_POSTGRES_URL: the administrator's URL of a system that runs elsewhere. */
  postgresUrl: process.env['FTGO_POSTGRES_URL'],
  /** FTGO_ACCESS_TOKEN: an operator's access token, instead of that of `ftgo login`. */
  accessToken: process.env['FTGO_ACCESS_TOKEN'] || undefined,
  /** FTGO_OIDC_ISSUER: the issuer of access tokens of a system that runs elsewhere. */
  oidcIssuer: process.env['FTGO_OIDC_ISSUER'] || undefined,
  /** FTGO_SECURITY=on: that system requires access tokens, and has ports for operators. */
  isSecure: process.env['FTGO_SECURITY'] === 'on',
  /** FTGO_ORDER_SERVICE_URL and so on: the URL of the operations of an app of that system. */
  urlOf: (app: string): string | undefined => process.env[`FTGO_${app.replaceAll('-', '_').toUpperCase()}_URL`],
};
