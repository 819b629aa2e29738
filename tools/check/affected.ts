import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';

interface Graph {
  readonly graph: { readonly nodes: Readonly<Record<string, { readonly data: { readonly root: string } }>> };
}

/** The folders tested by the root project, which has no folder of its own. */
const rootFolders = ['tools/', 'benchmarks/'];

/** Folders of the projects that differ from a revision, including uncommitted changes, and of their dependents. */
export function affectedFolders(base: string, workspace = repository): string[] {
  const affected = nx(workspace, 'show', 'projects', '--affected', `--base=${base}`, '--json') as string[];
  const { graph } = nx(workspace, 'graph', '--print') as Graph;
  const roots = affected.flatMap((name) => graph.nodes[name]?.data.root ?? []);
  return roots.flatMap((root) => (root === '.' ? rootFolders : [`${root}/`])).toSorted();
}

function nx(cwd: string, ...args: string[]): unknown {
  const output = execFileSync(join(repository, 'node_modules', '.bin', 'nx'), args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true' },
  });
  return JSON.parse(output);
}
