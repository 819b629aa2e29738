import { expect, it } from 'vitest';
import { processTable } from './process-table.js';

it('shows the state of each process, why one is not ready, and the command that helps', () => {
  const table = processTable([
    { name: 'order-service', state: 'not ready', reason: 'database: cannot connect', pid: 7, restarts: 0, http: 'http://127.0.0.1:8082' },
    { name: 'kitchen-service', state: 'starting', pid: 8, restarts: 1 },
    { name: 'delivery-service', state: 'stopped', restarts: 0 },
  ]);
  expect(table).toMatch(/order-service +not ready +7 .* http:\/\/127\.0\.0\.1:8082 +database: cannot connect/);
  expect(table).toMatch(/kitchen-service +starting +8 /);
  expect(table.split('\n').filter((line) => line.startsWith('next'))).toEqual([
    'next  npm run ftgo -- logs order-service -n 20',
    'next  npm run ftgo -- start delivery-service',
  ]);
});
