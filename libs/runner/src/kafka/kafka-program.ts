import type { Program } from '../process/program.js';

/** The data folder and the listener of a Kafka node. */
export interface KafkaOptions {
  readonly name?: string;
  readonly dataFolder: string;
  readonly clientPort: number;
  readonly controllerPort: number;
  /** The port that clients are given, if it is not the one it listens on: behind a proxy. */
  readonly advertisedPort?: number;
}

/** A Kafka node started by the runner. */
export interface KafkaProgram extends Program {
  readonly brokers: string;
}
