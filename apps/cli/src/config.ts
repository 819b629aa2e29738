/** What the CLI reads from its environment. */
export const config = {
  /** FTGO_POSTGRES_URL: the administrator's URL of a system that runs elsewhere. */
  postgresUrl: process.env['FTGO_POSTGRES_URL'],
  /** FTGO_ORDER_SERVICE_URL and the like: where an app of that system is reached by HTTP. */
  urlOf: (app: string): string | undefined => process.env[`FTGO_${app.replaceAll('-', '_').toUpperCase()}_URL`],
};
