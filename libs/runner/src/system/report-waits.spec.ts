import { expect, it } from 'vitest';
import { reportingWaits } from './report-waits.js';
import type { ProcessStatus } from './supervisor.js';

const process = { pid: 1, restarts: 0, startedAt: undefined };
const reason = 'database: cannot connect';

it('reports why a process is not ready, once, until the work is done', async () => {
  const lines: string[] = [];
  let looks = 0;
  const status = (): Promise<ProcessStatus[]> => {
    looks += 1;
    return Promise.resolve([
      { ...process, name: 'order-service', state: 'not ready', reason },
      { ...process, name: 'kitchen-service', state: 'starting' },
      { ...process, name: 'api-gateway', state: 'ready' },
    ]);
  };
  const work = async () => {
    while (looks < 3) await new Promise(setImmediate);
    return 'done';
  };
  expect(await reportingWaits({ status, report: (line) => lines.push(line), everyMs: 1 }, work)).toBe('done');
  expect(lines).toEqual([`order-service is not ready: ${reason}`]);
});
