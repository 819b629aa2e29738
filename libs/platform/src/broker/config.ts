/** Whether this is not for learning: the images set NODE_ENV, and operators set FTGO_ENV. */
export const isProduction = (): boolean => [process.env['NODE_ENV'], process.env['FTGO_ENV']].includes('production');
