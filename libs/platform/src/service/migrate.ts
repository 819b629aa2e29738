import type { MigrationInterface } from 'typeorm';
import { awaitMigrations } from '../database/await-migrations.js';
import { runMigrations } from '../database/run-migrations.js';
import { endWithMessage, UsageError } from '../process/run-process.js';

export interface MigrateOptions {
  /** The application's name, as in its folder. */
  readonly name: string;
  /** Reads the environment; a ConfigError ends the process with one readable message. */
  readonly config: () => { readonly databaseUrl: string };
  /** In the order in which they are applied. */
  readonly migrations: ReadonlyArray<new () => MigrationInterface>;
}

/** The body of a service's migrate.ts: applies the missing migrations or, with `--wait`, waits until another process has. */
export async function migrate({ name, config, migrations }: MigrateOptions): Promise<void> {
  await endWithMessage(name, async () => {
    const given = process.argv.slice(2);
    const unknown = given.find((argument) => argument !== '--wait');
    if (unknown !== undefined) throw new UsageError(`unknown argument '${unknown}'; usage: migrate.js [--wait]`);
    const { databaseUrl } = config();
    await (given.includes('--wait') ? awaitMigrations : runMigrations)(databaseUrl, migrations);
  });
}
