import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { freePorts, ProgramProcess } from '@ftgo/runner/processes';
import { type RegistryKind, registryProgram } from '@ftgo/runner/registries';
import { ownedFolder } from '@ftgo/testing';

/** A real registry of a test, which can lose everything. */
export interface TestRegistry {
  readonly url: string;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  /** While it is down, accepts the next connection to its address, which gets no response and stays open. */
  acceptInSilence(): Promise<void>;
  /** Starts it again, at the same address and without data. */
  startEmpty(): Promise<void>;
  close(): Promise<void>;
}

export async function startRegistry(kind: RegistryKind): Promise<TestRegistry> {
  const folder = ownedFolder();
  const [client = 0, ...own] = await freePorts(4);
  const start = async () => {
    const dataFolder = join(folder, randomBytes(4).toString('hex'));
    const program = await registryProgram(kind, { dataFolder, ports: [client, ...own] }, () => undefined);
    const process = new ProgramProcess(program, { log: join(folder, `${kind}.log`), pid: join(folder, `${kind}.pid`) });
    await process.start();
    return { program, process };
  };
  let running = await start();
  const silent = new Set<Socket>();
  return {
    url: running.program.url,
    kill: () => running.process.kill(),
    acceptInSilence: async () => {
      const server = createServer((socket) => {
        silent.add(socket);
        socket.on('error', () => undefined).resume();
      });
      server.listen(client, '127.0.0.1');
      await once(server, 'connection');
      server.close();
    },
    startEmpty: async () => {
      running = await start();
    },
    close: async () => {
      for (const socket of silent) socket.destroy();
      await running.process.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
