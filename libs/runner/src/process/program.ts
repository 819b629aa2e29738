/** How a program is run. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
}

/** A signal that asks the program to end, and how long it may take before the next one is tried. */
export type StopStep = readonly [signal: NodeJS.Signals, patienceMs: number];

/** A long-running program: Postgres, Kafka, a service. It says how it is run; `ProgramProcess` runs it. */
export interface Program {
  readonly name: string;
  /** Tried in this order; SIGKILL comes after the last. */
  readonly stopSteps: readonly StopStep[];
  /** How long it may take to be ready after it was started. */
  readonly readyWithinMs: number;
  /** Before every start: makes what is missing, ends what a killed run left. */
  prepare?(): Promise<void>;
  launch(): Launch;
  isReady(): Promise<boolean>;
  /** True when what the program said last means: try again at once, what stands in the way is about to go. */
  isWorthAnotherTry?(lastWords: string): boolean;
  /** After every end; `wasAsked` when the stop steps, not SIGKILL, ended it. */
  afterExit?(wasAsked: boolean): void;
  /** Ends what SIGKILL on the process does not reach, such as a container. */
  killOutside?(): void;
}
