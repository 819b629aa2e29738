import type { Program } from '../program.js';

/** Where a Kafka node of our own keeps its data and listens. */
export interface KafkaOptions {
  readonly name?: string;
  readonly dataFolder: string;
  readonly clientPort: number;
  readonly controllerPort: number;
}

/** A Kafka node of our own. */
export interface KafkaProgram extends Program {
  readonly brokers: string;
}
