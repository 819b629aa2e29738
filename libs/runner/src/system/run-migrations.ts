// Runs the migrations of several apps, one after the other. Each is a program that migrates the database of FTGO_DATABASE_URL
// when it is imported, and ends the process if that fails.
import { pathToFileURL } from 'node:url';
import { config } from '../config.js';

for (const { app, script, databaseUrl } of config.migrations) {
  console.log(`migrating ${app}`);
  config.databaseUrl = databaseUrl;
  await import(pathToFileURL(script).href);
}
