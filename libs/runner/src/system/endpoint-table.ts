import Table from 'cli-table3';
import type { Endpoint } from './system.js';
import { plain } from './table-style.js';

/** What runs where, as `npm start` prints it. */
export function endpointTable(endpoints: readonly Endpoint[], { brokers }: { brokers: string }): string {
  const table = new Table({ ...plain, head: ['service', 'URL', 'gRPC'] });
  for (const { name, http, grpc, address } of endpoints) table.push([name, http ?? address ?? '', grpc ?? '']);
  if (!endpoints.some(({ name }) => name === 'postgres')) table.push(['postgres (given)', 'FTGO_POSTGRES_URL', '']);
  if (!endpoints.some(({ name }) => name === 'kafka')) table.push(['kafka (given)', brokers, '']);
  return table.toString();
}
