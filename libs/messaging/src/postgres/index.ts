// Connections to PostgreSQL that detect a silent server, and the properties of a server.
export { isPasswordRejected, watchPasswords } from './changing-password.js';
export { databaseOf, databaseProblem } from './database-problem.js';
export { changeUrl, hostsOf, isPostgresUrl, urlsOf } from './hosts.js';
export { PgClient, pgKeepAlive, socketOf } from './pg-client.js';
export { inspectPostgres, oldestPostgres, type PostgresServer, UnsupportedPostgres } from './server.js';
export { isTlsFailure } from './tls-failure.js';
export { TransactionClient } from './transaction-client.js';
