// Connections to PostgreSQL that notice when the server is silent, and what is known of a server.
export { databaseOf, databaseProblem } from './database-problem.js';
export { PgClient, pgKeepAlive, socketOf } from './pg-client.js';
export { inspectPostgres, oldestPostgres, type PostgresServer, UnsupportedPostgres } from './server.js';
