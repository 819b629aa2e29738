import { request } from 'node:http';
import { UserError } from '../user-error.js';
import type { Home } from './home.js';
import type { ProcessState } from './supervisor.js';
import type { SystemDescription } from './system.js';

/** A row of `ps`. */
export interface ListedProcess {
  readonly name: string;
  readonly state: ProcessState;
  /** Why it is not ready. */
  readonly reason?: string;
  readonly pid?: number;
  readonly restarts: number;
  readonly startedAt?: string;
  readonly http?: string;
  readonly grpc?: string;
  readonly address?: string;
}

/** A start takes until the process is ready: five minutes if an image has to be pulled. */
const actMs = 330_000;

/** Calls the running system of a home. */
export class ControlClient {
  constructor(private readonly home: Home) {}

  async ps(): Promise<ListedProcess[]> {
    return ((await this.send('GET', '/ps')) as { processes: ListedProcess[] }).processes;
  }

  async describe(): Promise<SystemDescription> {
    return (await this.send('GET', '/system')) as SystemDescription;
  }

  /** With `isHard` by SIGKILL; the process stays down in any case. */
  async stop(name: string, isHard = false): Promise<void> {
    await this.send('POST', `/${encodeURIComponent(name)}/stop${isHard ? '?signal=SIGKILL' : ''}`);
  }

  async start(name: string, environment: NodeJS.ProcessEnv = {}): Promise<void> {
    await this.send('POST', `/${encodeURIComponent(name)}/start`, { environment });
  }

  async kill(name: string): Promise<void> {
    await this.send('POST', `/${encodeURIComponent(name)}/kill`);
  }

  private send(method: string, path: string, body?: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = request({ socketPath: this.home.controlSocket, method, path }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
        response.on('error', reject);
        response.on('end', () => {
          const answer = JSON.parse(text || '{}') as { error?: string };
          if (response.statusCode === 200) resolve(answer);
          else reject(new UserError(answer.error ?? `status ${response.statusCode}`));
        });
      });
      const answerMs = method === 'GET' ? 10_000 : actMs;
      call.setTimeout(answerMs, () => call.destroy(new UserError(`the running system did not respond within ${answerMs / 1_000} s`)));
      call.once('error', (cause) => reject(cause instanceof UserError ? cause : new NotRunning(this.home.folder, cause)));
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

/** No one listens on the control socket. */
export class NotRunning extends UserError {
  constructor(folder: string, cause: unknown) {
    super(`no system is running in ${folder}; start it with npm start`, { cause });
    this.name = 'NotRunning';
  }
}
