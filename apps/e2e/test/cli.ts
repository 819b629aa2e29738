import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fromSource, repository } from '@ftgo/runner/workspace';

/** The output of a command and its exit code. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Runs `npm run ftgo -- …` as a separate process, without npm. */
export const ftgoCli = (environment: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<Said> =>
  runTool(environment, 'apps/cli/src/main.ts', ...args);

/** Runs a program of the repository. */
export const runTool = (environment: NodeJS.ProcessEnv, path: string, ...args: readonly string[]): Promise<Said> =>
  new Promise((resolve) => {
    const program = [...fromSource, join(repository, path), ...args];
    const child = execFile(
      process.execPath,
      program,
      { cwd: repository, env: { PATH: process.env['PATH'], ...environment } },
      (_, out, error) => resolve({ code: child.exitCode ?? -1, out, error }),
    );
  });
