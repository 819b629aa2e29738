import { wallClockMs } from '@ftgo/kernel';
import type { ListedProcess } from '@ftgo/runner/system';
import { plain } from '@ftgo/runner/table-style';
import Table from 'cli-table3';

/** What `npm run ftgo -- ps` prints. */
export function processTable(processes: readonly ListedProcess[]): string {
  const table = new Table({ ...plain, head: ['name', 'state', 'pid', 'up', 'restarts', 'URL', 'gRPC', ''] });
  for (const { name, state, reason = '', pid, startedAt, restarts, http, grpc, address } of processes) {
    table.push([name, state, pid ?? '', startedAt ? age(startedAt) : '', restarts, http ?? address ?? '', grpc ?? '', reason]);
  }
  return [table.toString(), ...processes.flatMap((each) => nextFor(each) ?? []).map((next) => `next  npm run ftgo -- ${next}`)].join('\n');
}

/** The command that starts a process, or shows why it is not ready. */
function nextFor({ name, state }: ListedProcess): string | undefined {
  if (state === 'stopped') return `start ${name}`;
  return state === 'not ready' ? `logs ${name} -n 20` : undefined;
}

function age(since: string): string {
  const seconds = Math.round((wallClockMs() - Date.parse(since)) / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3_600)} h`;
}
