import { wallClockMs } from '@ftgo/kernel';
import Table from 'cli-table3';
import type { ListedProcess } from './control-client.js';
import type { Endpoint } from './system.js';

const line = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '', 'top-mid': '', 'bottom-mid': '', middle: '  ' };
/** Tables without lines. */
export const plain = {
  style: { head: [], border: [] },
  chars: { ...line, top: '', bottom: '', left: '', right: '', 'top-left': '', 'top-right': '', 'bottom-left': '', 'bottom-right': '' },
};

/** What runs where, as `npm start` prints it. */
export function endpointTable(endpoints: readonly Endpoint[], { brokers }: { brokers: string }): string {
  const table = new Table({ ...plain, head: ['service', 'URL', 'gRPC'] });
  for (const { name, http, grpc, address } of endpoints) table.push([name, http ?? address ?? '', grpc ?? '']);
  if (!endpoints.some(({ name }) => name === 'postgres')) table.push(['postgres (given)', 'FTGO_POSTGRES_URL', '']);
  if (!endpoints.some(({ name }) => name === 'kafka')) table.push(['kafka (given)', brokers, '']);
  return table.toString();
}

/** What `npm run ftgo -- ps` prints. */
export function processTable(processes: readonly ListedProcess[]): string {
  const table = new Table({ ...plain, head: ['name', 'state', 'pid', 'up', 'restarts', 'URL', 'gRPC'] });
  for (const { name, state, pid, startedAt, restarts, http, grpc, address } of processes) {
    table.push([name, state, pid ?? '', startedAt ? age(startedAt) : '', restarts, http ?? address ?? '', grpc ?? '']);
  }
  return table.toString();
}

function age(since: string): string {
  const seconds = Math.round((wallClockMs() - Date.parse(since)) / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3_600)} h`;
}
