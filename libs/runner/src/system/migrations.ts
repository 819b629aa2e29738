import { ProgramProcess } from '../process/program-process.js';
import { UserError } from '../user-error.js';
import type { App } from '../workspace/apps.js';
import { AppProgram } from './app-program.js';
import type { Home } from './home.js';
import { readable } from './readable-log.js';

/** Runs the migrations of the apps, each in its own process, as the owner of its database. */
export class Migrations {
  private readonly running = new Set<ProgramProcess>();
  private isStopped = false;

  constructor(private readonly home: Home) {}

  async run(apps: readonly App[], environmentOf: (app: App) => NodeJS.ProcessEnv): Promise<number> {
    const due = apps.filter(({ migrate }) => migrate);
    await Promise.all(due.map((app) => this.migrate(app, environmentOf(app))));
    return due.length;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.all([...this.running].map((process) => process.stop()));
  }

  private async migrate(app: App, environment: NodeJS.ProcessEnv): Promise<void> {
    if (this.isStopped) return;
    const program = new AppProgram(app, app.migrate as string, environment);
    const process = new ProgramProcess(program, this.home.files(`${app.name}-migrations`));
    this.running.add(process);
    await process.spawn();
    const { code } = await process.exited;
    this.running.delete(process);
    if (code !== 0 && !this.isStopped) throw new UserError(`migrations of ${app.name} failed:\n${readable(process.lastOutput())}`);
  }
}
