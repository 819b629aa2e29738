import type { Program } from '../process/program.js';

/** The data folder and the listener of a Kafka node. */
export interface KafkaOptions {
  readonly name?: string;
  readonly dataFolder: string;
  readonly clientPort: number;
  readonly controllerPort: number;
  /** The port that clients are given, if it is not the one it listens on: behind a proxy. */
  readonly advertisedPort?: number;
  /** The folder for the certificate and the passwords of a Kafka that accepts only known users, over TLS. Default: it accepts anyone. */
  readonly securityFolder?: string;
  /** For one of several nodes. */
  readonly cluster?: KafkaCluster;
}

/** Nodes that replicate each other's partitions. */
export interface KafkaCluster {
  /** From 1. */
  readonly node: number;
  /** The controller ports of all nodes, in their order. */
  readonly controllerPorts: readonly number[];
}

/** A Kafka node started by the runner. */
export interface KafkaProgram extends Program {
  readonly brokers: string;
}
