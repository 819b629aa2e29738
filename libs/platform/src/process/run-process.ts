import { UnsupportedPostgres } from '@ftgo/messaging/postgres';
import { ConfigError, variableOf } from '../config/parse-config.js';
import { limitsOf, serviceLimits } from '../config/server-limits.js';
import { DatabaseUnusable } from '../database/connect.js';
import { startTracing, type Tracing } from '../telemetry/tracing.js';

/** Where a process logs; pino fits. */
export interface ProcessLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A program that has been created but not started. */
export interface Program {
  readonly log: ProcessLog;
  /** Starts serving; resolves to the fields of the log line `up`. */
  start(): Promise<object>;
  /** Finishes work in progress and closes everything, in order. Called once. */
  stop(): Promise<void>;
}

/** Wrong arguments; the process exits with code 2. */
export class UsageError extends Error {}

export interface ProcessOptions<Config> {
  /** The application's name, as in its folder and in the logs. */
  readonly name: string;
  /** Reads the environment; a ConfigError ends the process with one readable message. */
  readonly config: () => Config;
  readonly program: (config: Config) => Program | Promise<Program>;
  /** Time limit for stopping, in ms; then the process exits with code 1. Default 4.5 s. */
  readonly stopWithinMs?: (config: Config) => number;
}

const defaultStopWithinMs = limitsOf(serviceLimits, {}).stopWithinMs;

/** The body of a main.ts: starts the program, runs it until SIGTERM or SIGINT, then stops it gracefully. */
export async function runProcess<Config>(options: ProcessOptions<Config>): Promise<void> {
  await endWithMessage(options.name, async () => {
    const config = options.config();
    const tracing = await startTracing(options.name);
    const program = await options.program(config);
    stopOnSignal(program, tracing, options.stopWithinMs?.(config) ?? defaultStopWithinMs);
    const started = await program.start().catch((error: unknown) => {
      throw portProblem(error, config) ?? error;
    });
    program.log.info(started, 'up');
  });
}

/** Runs a program's work; a failure is one message on standard error and exit code 1 (2 for wrong arguments). */
export async function endWithMessage(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    process.stderr.write(`${name}: ${messageOf(error)}\n`, () => process.exit(error instanceof UsageError ? 2 : 1));
  }
}

/** The process cannot listen on one of its ports. */
class PortUnusable extends Error {}

/** Names the setting of the port. Undefined if the error has another cause. */
function portProblem(error: unknown, config: unknown): PortUnusable | undefined {
  const { code, address, port } = error as { code?: unknown; address?: unknown; port?: unknown };
  const isPort = ([field, value]: readonly [string, unknown]): boolean => field.endsWith('Port') && value === port;
  const [field = 'httpPort'] = Object.entries(config as object).find(isPort) ?? [];
  const at = `port ${String(port)} on ${String(address)}`;
  if (code === 'EADDRINUSE') return new PortUnusable(`${at} is already in use; stop the process that uses it, or set ${variableOf(field)}`);
  if (code === 'EACCES') return new PortUnusable(`permission denied for ${at}; set ${variableOf(field)}`);
  return undefined;
}

function messageOf(error: unknown): string {
  if (error instanceof ConfigError || error instanceof DatabaseUnusable || error instanceof UnsupportedPostgres) return error.message;
  if (error instanceof UsageError || error instanceof PortUnusable) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function stopOnSignal(program: Program, tracing: Tracing, stopWithinMs: number): void {
  const { log } = program;
  let stopping = false;
  const end = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => {
      log.error({ stopWithinMs }, 'stopping timed out; unfinished work will be redelivered');
      process.exit(1);
    }, stopWithinMs).unref();
    program
      .stop()
      // Last, since it reports on all the others.
      .then(() => tracing.stop())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'stopping failed');
          process.exit(1);
        },
      );
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => end(signal));
}
