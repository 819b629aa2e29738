/** The command of a program and its environment. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
}

/** A signal that asks the program to stop, and how long to wait before the next one. */
export type StopStep = readonly [signal: NodeJS.Signals, patienceMs: number];

/** `starting` while the program does not respond; `not ready` while it reports that it cannot work, with the reason. */
export type Readiness = { readonly state: 'ready' | 'starting' } | { readonly state: 'not ready'; readonly reason: string };

/** A long-running program: Postgres, Kafka, a service. It defines how it runs; `ProgramProcess` runs it. */
export interface Program {
  readonly name: string;
  /** Sent in this order; SIGKILL follows the last one. */
  readonly stopSteps: readonly StopStep[];
  /** Time limit for becoming ready after the start. */
  readonly readyWithinMs: number;
  /** Whether an exit before it was ready is final, because another start would fail in the same way. */
  readonly failsByExit?: boolean;
  /** Runs before every start: creates what is missing, ends what a killed run left. */
  prepare?(): Promise<void>;
  launch(): Launch;
  readiness(): Promise<Readiness>;
  /** Whether the last output means that an immediate retry will succeed, since the obstacle is temporary. */
  isTemporaryFailure?(lastOutput: string): boolean;
  /** Runs after every exit; `wasAsked` if the stop signals, not SIGKILL, ended it. */
  afterExit?(wasAsked: boolean): void;
  /** Ends what SIGKILL to the process does not reach, such as a container. */
  killOutside?(): void;
}
