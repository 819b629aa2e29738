import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import type { Difference } from './schemas.js';

interface Finding {
  readonly path: string;
  readonly start_line?: number;
  readonly message: string;
}

/** What breaks programs that were compiled from the released image, by the rules of buf.yaml. */
export function breaksInProto(image: string, root = repository): Difference[] {
  const buf = join(repository, 'node_modules', '.bin', 'buf');
  const { status, stdout, stderr } = spawnSync(buf, ['breaking', '--against', image, '--error-format=json'], {
    cwd: root,
    encoding: 'utf8',
  });
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  if (status !== 0 && lines.length === 0) throw new Error(`buf breaking failed: ${stderr || stdout}`);
  return lines.map((line) => {
    const { path, start_line: at, message } = JSON.parse(line) as Finding;
    return { at: at === undefined ? path : `${path}:${at}`, problem: message };
  });
}
