/** Whether this is not for learning: the images set NODE_ENV, and operators set FTGO_ENV. */
export const isProduction = ({ NODE_ENV, FTGO_ENV }: NodeJS.ProcessEnv = process.env): boolean =>
  [NODE_ENV, FTGO_ENV].includes('production');
