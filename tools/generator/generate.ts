import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { UserError } from '@ftgo/runner/errors';
import { fromSource, repository } from '@ftgo/runner/workspace';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The paths that `generate` writes. */
export const generated: readonly string[] = [
  'libs/contracts/src/gen',
  'libs/rpc/src/gen',
  'definitions',
  'docs/architecture',
  'docs/pictures',
  'docker-compose.secure.yml',
  'observability/prometheus/prometheus.secure.yml',
  'libs/runner/kafka/access.json',
  'k8s/components/strimzi-secure',
  'k8s/components/mutual-tls',
];

/** Formats the written files, checks proto/, and updates everything that is generated. */
export async function generate(files: readonly string[]): Promise<void> {
  const formatted = files.filter((file) => /\.(ts|json)$/.test(file) && !file.endsWith('package-lock.json'));
  await run('format', 'biome', 'check', '--write', '--log-level=error', ...formatted);
  await run('buf lint', 'buf', 'lint');
  await run('npm run generate', 'node', ...fromSource, join('tools', 'generate.ts'));
  await run('the check of API compatibility', 'node', ...fromSource, join('tools', 'definitions', 'main.ts'));
}

/** Runs a program of node_modules; its output is shown only if it fails. */
async function run(name: string, program: string, ...args: readonly string[]): Promise<void> {
  const bin = join(repository, 'node_modules', '.bin');
  const env = { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
  const child = spawn(join(bin, program), args, { cwd: repository, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  // Ctrl-C ends the child; this process continues, and restores the files.
  const stop = () => child.kill();
  for (const signal of signals) process.on(signal, stop);
  const [code] = (await once(child, 'close')) as [number | null];
  for (const signal of signals) process.off(signal, stop);
  if (code === null) throw new UserError(`${name} was interrupted; nothing was changed`);
  if (code !== 0) throw new UserError(`${name} failed, so nothing was changed:\n${output.trim()}`);
}
