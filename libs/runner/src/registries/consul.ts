import { findCommand } from '../process/find-command.js';
import { UserError } from '../user-error.js';
import { type RegistryOptions, type RegistryProgram, respondsAt } from './registry-program.js';

export const whyNoConsul = (): string | undefined => (findCommand('consul') ? undefined : 'consul not found in the PATH');

/** One Consul server that keeps its data in memory. It is not in any package registry: the consul of the PATH is used. */
export async function consulProgram({ ports }: RegistryOptions): Promise<RegistryProgram> {
  const command = findCommand('consul');
  if (!command) throw new UserError('cannot start Consul: consul not found in the PATH; install it');
  const [http, server, lan, wan] = ports.map(String) as [string, string, string, string];
  const local = ['-bind', '127.0.0.1', '-client', '127.0.0.1', '-dns-port', '-1', '-grpc-port', '-1'];
  const numbers = ['-http-port', http, '-server-port', server, '-serf-lan-port', lan, '-serf-wan-port', wan];
  return {
    name: 'consul',
    url: `http://127.0.0.1:${http}`,
    stopSteps: [['SIGTERM', 3_000]],
    readyWithinMs: 30_000,
    launch: () => ({ command, args: ['agent', '-dev', ...local, ...numbers, '-log-level', 'warn', '-disable-host-node-id'] }),
    readiness: () => respondsAt(`http://127.0.0.1:${http}/v1/health/service/consul?passing`),
  };
}
