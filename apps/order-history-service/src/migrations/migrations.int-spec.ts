import { Database, runMigrations } from '@ftgo/platform';
import { testDatabase } from '@ftgo/testing';
import { Test } from '@nestjs/testing';
import { expect, it } from 'vitest';
import { databaseModule } from '../../test/order-history.database.js';
import { migrations } from './migrations.js';

/** As macOS and iOS write it: e followed by a combining accent. */
const decomposed = (text: string) => text.normalize('NFD');

it('makes a view written by an older version searchable', async () => {
  const made = await testDatabase();
  const module = await Test.createTestingModule({ imports: [databaseModule(made)] }).compile();
  const database = module.get(Database);
  try {
    await runMigrations(made.url, migrations.slice(0, 1), { print: () => {} });
    await database.query(
      `INSERT INTO order_view (order_id, restaurant_name, line_items) VALUES (1, 'Wok@Home', '[{"name": "Naan/Roti"}]')`,
    );
    await database.query(`INSERT INTO restaurants (id, name, sequence) VALUES (1, $1, 1)`, [decomposed('ÉTOILE/Bistro')]);
    await runMigrations(made.url, migrations.slice(0, 3), { print: () => {} });
    await database.query(`INSERT INTO order_view (order_id, restaurant_name, line_items) VALUES (2, 'Wok', $1)`, [
      JSON.stringify([{ name: decomposed('Crème') }]),
    ]);
    await runMigrations(made.url, migrations, { print: () => {} });
    const words = await database.query(
      'SELECT tsvector_to_array(o.search) AS order, tsvector_to_array(r.search) AS restaurant FROM order_view o, restaurants r ORDER BY order_id',
    );
    const restaurant = ['bistro', 'étoile'];
    expect(words).toEqual([
      { order: ['home', 'naan', 'roti', 'wok'], restaurant },
      { order: ['crème', 'wok'], restaurant },
    ]);
  } finally {
    await module.close();
    await made.drop();
  }
});
