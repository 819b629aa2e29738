import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, once } from '../install/cache.js';
import { run } from '../install/run.js';
import { findCommand } from '../process/find-command.js';
import { UserError } from '../user-error.js';
import { type RegistryOptions, type RegistryProgram, respondsAt } from './registry-program.js';

const version = '3.7.3';
const sources = join(import.meta.dirname, '..', '..', 'etcd');

const built = () => join(cacheFolder(`etcd-${version}`), 'bin', 'etcd');

export const whyNoEtcd = (): string | undefined =>
  findCommand('etcd') || existsSync(built()) || findCommand('go') ? undefined : 'neither etcd nor go found in the PATH';

/** The etcd of the PATH; otherwise built with Go, from the versions in go.sum. */
async function command(report: (line: string) => void): Promise<string> {
  const installed = findCommand('etcd') ?? built();
  if (existsSync(installed)) return installed;
  const go = findCommand('go');
  if (!go) throw new UserError('cannot start etcd: neither etcd nor go found in the PATH; install one of them');
  report(`building etcd ${version} with Go (once, about a minute) …`);
  await once(join(cacheFolder(`etcd-${version}`), 'bin'), (folder) =>
    run(go, ['build', '-mod=readonly', '-trimpath', '-ldflags=-s -w', '-o', join(folder, 'etcd'), 'go.etcd.io/etcd/server/v3'], {
      cwd: sources,
      env: { CGO_ENABLED: '0' },
      failure: 'Go failed to build etcd',
    }),
  );
  return built();
}

export async function etcdProgram({ dataFolder, ports }: RegistryOptions, report: (line: string) => void): Promise<RegistryProgram> {
  const executable = await command(report);
  const [client, peer] = ports.map((port) => `http://127.0.0.1:${port}`) as [string, string];
  const urls = ['--listen-client-urls', client, '--advertise-client-urls', client];
  const peers = ['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `ftgo=${peer}`];
  return {
    name: 'etcd',
    url: client,
    stopSteps: [['SIGTERM', 3_000]],
    readyWithinMs: 30_000,
    prepare: async () => void mkdirSync(dataFolder, { recursive: true, mode: 0o700 }),
    launch: () => ({ command: executable, args: ['--name', 'ftgo', '--data-dir', dataFolder, ...urls, ...peers, '--log-level', 'warn'] }),
    readiness: () => respondsAt(`${client}/health`),
  };
}
