import { join } from 'node:path';
import { ProgramProcess } from '../process/program-process.js';
import { UserError } from '../user-error.js';
import type { App } from '../workspace/apps.js';
import { AppProgram } from './app-program.js';
import type { Home } from './home.js';
import { readable } from './readable-log.js';

const name = 'migrations';
const script = join(import.meta.dirname, 'run-migrations.ts');

/**
 * Runs the migrations of the apps, each as the owner of its database. One process runs them all, since loading the libraries
 * takes longer than the migrations.
 */
export class Migrations {
  private running: ProgramProcess | undefined;
  private isStopped = false;

  constructor(private readonly home: Home) {}

  async run(apps: readonly App[], environmentOf: (app: App) => NodeJS.ProcessEnv): Promise<void> {
    const due = apps.flatMap((app) => (app.migrate ? [{ app, script: app.migrate, environment: environmentOf(app) }] : []));
    const [first] = due;
    if (!first || this.isStopped) return;
    const migrations = due.map(({ app, script, environment }) => ({
      app: app.name,
      script,
      databaseUrl: environment['FTGO_DATABASE_URL'],
    }));
    // Migrations need only the database: otherwise, one app's environment is as good as another's.
    const environment = { ...first.environment, FTGO_MIGRATIONS: JSON.stringify(migrations) };
    const process = new ProgramProcess(new AppProgram(name, script, environment), this.home.files(name));
    this.running = process;
    await process.spawn();
    const { code } = await process.exited;
    this.running = undefined;
    if (code !== 0 && !this.isStopped) throw new UserError(failureIn(readable(process.lastOutput())));
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.running?.stop();
  }
}

/** The process announces each app: what follows the last announcement is the error. */
function failureIn(output: string): string {
  const [, app, error] = /[^]*^migrating (\S+)\n([^]*)$/m.exec(output) ?? [];
  return app ? `migrations of ${app} failed:\n${error}` : `the migrations failed:\n${output}`;
}
