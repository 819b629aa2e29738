/** The apps' images set NODE_ENV. */
export const isProduction = (): boolean => process.env['NODE_ENV'] === 'production';
