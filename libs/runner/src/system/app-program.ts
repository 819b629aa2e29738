import { join } from 'node:path';
import { hasStarted, healthAt, reasonIn } from '../app-health.js';
import { isAnswering } from '../process/ports.js';
import type { Launch, Program, Readiness, StopStep } from '../process/program.js';
import { fromSource, repository } from '../workspace/repository.js';

/**
 * Without it, the garbage of a start stays in memory: 190 MB for a service instead of 120. In a container, Node derives it from
 * the container's memory.
 */
const smallHeap = ['--max-semi-space-size=2'];

/** A service: Node running its main.ts, ready when its health reports that it has started all its work. */
export class AppProgram implements Program {
  readonly readyWithinMs = 60_000;
  readonly failsByExit = true;
  readonly stopSteps: readonly StopStep[] = [['SIGTERM', 4_500]];
  /** Additional environment for the next start, set by an operator. */
  extraEnvironment: NodeJS.ProcessEnv = {};

  constructor(
    readonly name: string,
    private readonly script: string,
    private readonly environment: NodeJS.ProcessEnv,
    /** The port of its health. */
    private readonly port?: number,
  ) {}

  launch(): Launch {
    return {
      command: join(repository, 'node_modules', '.bin', 'node'),
      args: [...smallHeap, ...fromSource, this.script],
      env: { ...this.environment, ...this.extraEnvironment },
      cwd: repository,
    };
  }

  async readiness(): Promise<Readiness> {
    if (this.port === undefined) return { state: 'ready' };
    // A connection that is refused costs less than a request that fails, and nine services start at the same time.
    if (!(await isAnswering(this.port))) return { state: 'starting' };
    try {
      const health = await healthAt(`http://127.0.0.1:${this.port}`, 4_000);
      return hasStarted(health) ? { state: 'ready' } : { state: 'not ready', reason: reasonIn(health) };
    } catch {
      return { state: 'starting' };
    }
  }
}
