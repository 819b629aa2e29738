import Table from 'cli-table3';
import type { BrokerAccess } from './broker.js';
import type { Endpoint } from './system.js';
import { plain } from './table-style.js';

/** The endpoints that `npm start` prints. */
export function endpointTable(endpoints: readonly Endpoint[], { broker }: { broker: BrokerAccess }): string {
  const isManaged = endpoints.some(({ management }) => management);
  const table = new Table({ ...plain, head: ['service', 'URL', 'gRPC', ...(isManaged ? ['for operators'] : [])] });
  for (const { name, http, grpc, address, management } of endpoints)
    table.push([name, http ?? address ?? '', grpc ?? '', ...(isManaged ? [management ?? ''] : [])]);
  if (!endpoints.some(({ name }) => name === 'postgres')) table.push(['postgres (given)', 'FTGO_POSTGRES_URL', '']);
  if (broker.kind === 'postgres') table.push(['broker', `database ${new URL(broker.url).pathname.slice(1)} of PostgreSQL`, '']);
  else if (!endpoints.some(({ name }) => name === 'kafka')) table.push(['kafka (given)', broker.brokers, '']);
  return table.toString();
}
