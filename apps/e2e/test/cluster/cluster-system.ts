import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownedFolder, type SecondInstance, startSystem, type TestSystem } from '@ftgo/testing';
import { appsWithLedger, ledgerEnvironment, withoutLedger } from '../crash/crash-system.js';
import { Ftgo } from '../ftgo.js';
import { KafkaCluster } from './kafka-cluster.js';
import { PostgresServers } from './postgres-servers.js';

/** One of several instances of an app at a time, as behind a load balancer. */
class Alternating {
  private next = 0;

  constructor(private readonly instances: ReadonlyArray<Readonly<Record<string, string>>>) {}

  get urls(): Readonly<Record<string, string>> {
    return this.instances[this.next++ % this.instances.length] ?? {};
  }
}

/** A whole system with the ledger: two instances of every app, three Kafka brokers, and several Postgres servers. */
export class ClusterSystem {
  private constructor(
    readonly system: TestSystem,
    readonly ftgo: Ftgo,
    readonly kafka: KafkaCluster,
    readonly postgres: PostgresServers,
    private readonly seconds: ReadonlyMap<string, SecondInstance>,
    private readonly folders: readonly string[],
  ) {}

  static async start({ postgresServers }: { readonly postgresServers: number }): Promise<ClusterSystem> {
    const [folder, apps] = [ownedFolder(), appsWithLedger()];
    const kafka = await KafkaCluster.start(folder);
    const postgres = await PostgresServers.start(folder, postgresServers);
    try {
      await postgres.addStandby({ copiesSlots: true });
      return await ClusterSystem.over(kafka, postgres, [folder, apps]);
    } catch (error) {
      await Promise.all([kafka.close(), postgres.close()]);
      throw error;
    }
  }

  private static async over(
    kafka: KafkaCluster,
    postgres: PostgresServers,
    [folder, apps]: readonly [string, string],
  ): Promise<ClusterSystem> {
    const servers = { postgresUrl: postgres.url, kafkaBrokers: kafka.brokers };
    const system = await startSystem({ appsFolder: apps, servers, env: ledgerEnvironment });
    const seconds = new Map<string, SecondInstance>();
    for (const name of Object.keys(system.urls)) seconds.set(name, await system.startSecond(name));
    const others = Object.fromEntries([...seconds].map(([name, { url }]) => [name, url]));
    const balanced = new Alternating([system.urls, others]);
    const ftgo = Ftgo.over(Object.create(withoutLedger(system), { urls: { get: () => balanced.urls } }) as TestSystem);
    return new ClusterSystem(system, ftgo, kafka, postgres, seconds, [folder, apps]);
  }

  /** The HTTP URLs of both instances of an app. */
  urlsOf(app: string): string[] {
    return [this.system.urls[app] ?? '', this.seconds.get(app)?.url ?? ''];
  }

  /** Copies the end of each log to a folder. */
  async keepLogs(folder: string): Promise<void> {
    mkdirSync(folder, { recursive: true });
    const names = await this.system.processes();
    const logs = [
      ...names.map((name) => [name, this.system.logs(name, 2_000)] as const),
      ...[...this.seconds].map(([name, instance]) => [`${name}-second`, instance.logs()] as const),
      ...this.kafka.logs(),
      ...this.postgres.logs(),
    ];
    for (const [name, text] of logs) writeFileSync(join(folder, `${name}.log`), text);
  }

  async close(): Promise<void> {
    await this.system.close();
    await Promise.all([this.kafka.close(), this.postgres.close()]);
    for (const folder of this.folders) rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}
