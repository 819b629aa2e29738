import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAnswering } from '../process/ports.js';
import { type JavaServer, javaOf, whyNoJavaServer } from './jars.js';
import type { RegistryOptions, RegistryProgram } from './registry-program.js';

const server: JavaServer = { title: 'ZooKeeper', version: '3.9.5', sources: join(import.meta.dirname, '..', '..', 'zookeeper') };

export const whyNoZooKeeper = (): string | undefined => whyNoJavaServer(server);

export async function zooKeeperProgram({ dataFolder, ports }: RegistryOptions, report: (line: string) => void): Promise<RegistryProgram> {
  const { command, args } = await javaOf(server, report);
  const [port] = ports;
  const settings = join(dataFolder, 'zoo.cfg');
  return {
    name: 'zookeeper',
    url: `127.0.0.1:${port}`,
    stopSteps: [['SIGTERM', 3_000]],
    readyWithinMs: 30_000,
    prepare: async () => {
      mkdirSync(dataFolder, { recursive: true });
      const lines = { dataDir: dataFolder, clientPort: port, clientPortAddress: '127.0.0.1', tickTime: 500, minSessionTimeout: 1_000 };
      const text = Object.entries({ ...lines, 'admin.enableServer': false }).map(([name, value]) => `${name}=${value}\n`);
      writeFileSync(settings, text.join(''));
    },
    launch: () => ({
      command,
      args: [
        '-Dzookeeper.jmx.log4j.disable=true',
        '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
        ...args,
        'org.apache.zookeeper.server.quorum.QuorumPeerMain',
        settings,
      ],
    }),
    readiness: async () => ({ state: (await isAnswering(port)) ? 'ready' : 'starting' }),
  };
}
