// Runs the migrations of several apps, one after the other. Each is a program that migrates the database of FTGO_DATABASE_URL
// when it is imported, and ends the process if that fails.
import { pathToFileURL } from 'node:url';
import { config } from '../config.js';

let current = '';
process.once('exit', (code) => {
  if (code !== 0) console.error(`migrations of ${current} failed`);
});

for (const { app, script, databaseUrl } of config.migrations) {
  current = app;
  config.databaseUrl = databaseUrl;
  await import(pathToFileURL(script).href);
}
