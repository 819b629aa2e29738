/** The version that `npm ci` installs and `npm test` uses. */
export const newest = 18;

/** The tested release of each older supported major version; see oldestPostgres in libs/messaging. */
export const releases: ReadonlyMap<number, string> = new Map([
  [15, '15.18.0-beta.17'],
  [16, '16.14.0-beta.17'],
  [17, '17.10.0-beta.17'],
]);

/** Too old: tested only to verify that it is rejected. */
export const unsupported = { major: 14, release: '14.23.0-beta.17' } as const;
