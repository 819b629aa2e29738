import { expect, it } from 'vitest';
import { processTable } from './process-table.js';

it('shows the state of each process, and why one is not ready', () => {
  const table = processTable([
    { name: 'order-service', state: 'not ready', reason: 'database: cannot connect', pid: 7, restarts: 0, http: 'http://127.0.0.1:8082' },
    { name: 'kitchen-service', state: 'starting', pid: 8, restarts: 1 },
  ]);
  expect(table).toMatch(/order-service +not ready +7 .* http:\/\/127\.0\.0\.1:8082 +database: cannot connect/);
  expect(table).toMatch(/kitchen-service +starting +8 /);
});
