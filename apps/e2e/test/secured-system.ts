import { eventually, startSystem, type TestSystem } from '@ftgo/testing';
import { Databases } from './databases.js';
import { sendAs } from './http.js';
import { People } from './people.js';

/** A system with security on, whose requests carry tokens from now on (`npm run test:secure`). */
export async function startSecured(): Promise<TestSystem> {
  const people = await People.start((id) => untilOwned(new Databases(system), id));
  const system = await startSystem({ env: people.environment });
  sendAs(people);
  return system;
}

const untilOwned = (databases: Databases, consumerId: number): Promise<void> =>
  eventually(async () => {
    const owner = `SELECT count(*) AS n FROM ownership WHERE kind = 'consumer' AND id = $1`;
    for (const database of ['ftgo_order', 'ftgo_order_history', 'ftgo_accounting'])
      if ((await databases.number(database, owner, [consumerId])) === 0)
        throw new Error(`${database} does not know the owner of consumer ${consumerId}`);
  });
