import { join } from 'node:path';
import { hasStarted, healthAt, reasonIn } from '../app-health.js';
import type { Launch, Program, Readiness, StopStep } from '../process/program.js';
import type { App } from '../workspace/apps.js';
import { fromSource, repository } from '../workspace/repository.js';

/** A service: Node running its main.ts, ready when its health reports that it has started all its work. */
export class AppProgram implements Program {
  readonly readyWithinMs = 60_000;
  readonly failsByExit = true;
  readonly stopSteps: readonly StopStep[] = [['SIGTERM', 4_500]];
  readonly name: string;
  /** Additional environment for the next start, set by an operator. */
  extraEnvironment: NodeJS.ProcessEnv = {};

  constructor(
    app: App,
    private readonly script: string,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly httpPort?: number,
  ) {
    this.name = app.name;
  }

  launch(): Launch {
    return {
      command: join(repository, 'node_modules', '.bin', 'node'),
      args: [...fromSource, this.script],
      env: { ...this.environment, ...this.extraEnvironment },
      cwd: repository,
    };
  }

  async readiness(): Promise<Readiness> {
    if (this.httpPort === undefined) return { state: 'ready' };
    try {
      const health = await healthAt(`http://127.0.0.1:${this.httpPort}`, 4_000);
      return hasStarted(health) ? { state: 'ready' } : { state: 'not ready', reason: reasonIn(health) };
    } catch {
      return { state: 'starting' };
    }
  }
}
