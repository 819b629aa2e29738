import type { Program } from '../process/program.js';

/** Where a Kafka node of our own keeps its data and listens. */
export interface KafkaOptions {
  readonly name?: string;
  readonly dataFolder: string;
  readonly clientPort: number;
  readonly controllerPort: number;
  /** Where clients are sent to, when that is not the port that it listens on: behind a proxy. */
  readonly advertisedPort?: number;
}

/** A Kafka node of our own. */
export interface KafkaProgram extends Program {
  readonly brokers: string;
}
