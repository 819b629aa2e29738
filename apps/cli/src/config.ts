/** The CLI's settings from its environment. */
export const config = {
  /** FTGO_POSTGRES_URL: the administrator's URL of a system that runs elsewhere. */
  postgresUrl: process.env['FTGO_POSTGRES_URL'],
  /** FTGO_ORDER_SERVICE_URL and so on: the HTTP URL of an app of that system. */
  urlOf: (app: string): string | undefined => process.env[`FTGO_${app.replaceAll('-', '_').toUpperCase()}_URL`],
};
