import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { kafkaProgram } from '@ftgo/runner/kafka';
import { freePorts, ProgramProcess } from '@ftgo/runner/processes';
import { eventually, kafkaPartitions } from '@ftgo/testing';

interface Node {
  readonly id: number;
  readonly address: string;
  readonly dataFolder: string;
  readonly process: ProgramProcess;
}

const nodeCount = 3;
const inSyncWithinMs = 90_000;

/** Three brokers, which are also the controllers. Every partition has a copy on each, and a message is acknowledged by two. */
export class KafkaCluster {
  private constructor(private readonly nodes: readonly Node[]) {}

  static async start(folder: string): Promise<KafkaCluster> {
    const ports = await freePorts(2 * nodeCount);
    const controllerPorts = ports.slice(nodeCount);
    const nodes = await Promise.all(controllerPorts.map((port, i) => nodeOf(folder, i + 1, [ports[i] as number, port], controllerPorts)));
    const cluster = new KafkaCluster(nodes);
    // Half of the controllers must run before any broker is ready.
    const started = await Promise.allSettled(nodes.map(({ process }) => process.start()));
    const failed = started.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (!failed) return cluster;
    await cluster.close();
    throw failed.reason;
  }

  get brokers(): string {
    return this.nodes.map(({ address }) => address).join(',');
  }

  /** The ids of all nodes, that of the leader of a partition first. */
  async leaderFirst(topic: string): Promise<number[]> {
    const partitions = await this.partitions();
    const found = partitions.find((partition) => partition.topic === topic);
    if (!found) throw new Error(`Kafka has no topic ${topic}`);
    return [found.leader, ...this.nodes.map(({ id }) => id).filter((id) => id !== found.leader)];
  }

  /** SIGKILL. */
  kill(id: number): Promise<void> {
    return this.node(id).process.kill();
  }

  stop(id: number): Promise<void> {
    return this.node(id).process.stop();
  }

  start(id: number): Promise<void> {
    return this.node(id).process.start();
  }

  /** Deletes everything that a node has stored, also as a controller. It must not run. */
  loseDisk(id: number): void {
    const { process, dataFolder } = this.node(id);
    if (process.isRunning) throw new Error(`Kafka node ${id} is running`);
    rmSync(dataFolder, { recursive: true, maxRetries: 10, retryDelay: 50 });
  }

  /** Waits until every node has a complete copy of every partition. */
  async untilInSync(): Promise<void> {
    await eventually(
      async () => {
        const behind = (await this.partitions()).filter(({ leader, inSync }) => leader < 0 || inSync.length < nodeCount);
        const names = behind.map(({ topic, partition, inSync }) => `${topic}/${partition} (in sync: ${inSync.join(', ')})`);
        if (names.length > 0) throw new Error(`partitions are not in sync: ${names.join('; ')}`);
      },
      { timeoutMs: inSyncWithinMs, intervalMs: 200 },
    );
  }

  logs(): ReadonlyArray<readonly [string, string]> {
    return this.nodes.map(({ process }) => [process.program.name, process.lastOutput(500)]);
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map(({ process }) => process.kill()));
  }

  private partitions() {
    const running = this.nodes.find(({ process }) => process.isRunning);
    if (!running) throw new Error('no Kafka node is running');
    return kafkaPartitions(running.address);
  }

  private node(id: number): Node {
    return this.nodes[id - 1] as Node;
  }
}

async function nodeOf(
  folder: string,
  id: number,
  [clientPort, controllerPort]: readonly [number, number],
  controllerPorts: readonly number[],
): Promise<Node> {
  const name = `kafka-${id}`;
  const dataFolder = join(folder, name);
  const program = await kafkaProgram({ name, dataFolder, clientPort, controllerPort, cluster: { node: id, controllerPorts } }, (line) =>
    console.log(line),
  );
  const process = new ProgramProcess(program, { log: join(folder, `${name}.log`), pid: join(folder, `${name}.pid`) });
  return { id, address: program.brokers, dataFolder, process };
}
