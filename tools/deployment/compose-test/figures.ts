import Table from 'cli-table3';
import { execa } from 'execa';
import type { ComposeService } from '../compose-file.js';
import { dockerfileStages } from '../dockerfile.js';
import type { Compose } from './engine.js';

const mega = 1_000_000;

/** The images with the size that each adds to its base image; most of it is shared. */
export async function imageTable(services: Readonly<Record<string, ComposeService>>): Promise<string> {
  const base = await sizeOf(dockerfileStages()['node']?.base ?? '');
  const table = new Table({
    head: ['image', 'MB', 'added to base'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right'],
  });
  const images = Object.values(services).flatMap(({ build, image }) => (build ? [image] : []));
  for (const image of [...new Set(images)].toSorted()) {
    const size = await sizeOf(image);
    table.push([image, (size / mega).toFixed(0), ((size - base) / mega).toFixed(0)]);
  }
  return table.toString();
}

async function sizeOf(image: string): Promise<number> {
  const { stdout } = await execa('docker', ['image', 'inspect', '--format', '{{.Size}}', image]);
  return Number(stdout);
}

/** The memory use of each container and its limit. */
export async function memoryTable(compose: Compose, services: readonly string[]): Promise<string> {
  const table = new Table({ head: ['container', 'memory'], style: { head: [], border: [] } });
  for (const service of services) {
    const id = await compose.inspect(service, '{{.Id}}');
    const { stdout } = await execa('docker', ['stats', '--no-stream', '--format', '{{.MemUsage}}', id]);
    table.push([service, stdout]);
  }
  return table.toString();
}
