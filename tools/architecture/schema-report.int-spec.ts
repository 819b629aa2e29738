import { join } from 'node:path';
import { runMigrations } from '@ftgo/platform';
import { findApps, repository } from '@ftgo/runner/workspace';
import { testDatabase } from '@ftgo/testing';
import { Client } from 'pg';
import { expect, it } from 'vitest';
import { schemaReport } from './schema-report.js';

const apps = findApps(join(repository, 'apps')).filter(({ database }) => database);

it.each(apps)('the schema of $name in docs/ is up to date with its migrations; `npm run generate` updates it', async ({ name, folder }) => {
  const { migrations } = (await import(/* @vite-ignore */ join(folder, 'src', 'migrations', 'migrations.ts'))) as {
    migrations: Parameters<typeof runMigrations>[1];
  };
  const database = await testDatabase();
  await runMigrations(database.url, migrations, { print: () => {} });
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const report = await schemaReport(client);
  await client.end();
  await database.drop();
  await expect(report).toMatchFileSnapshot(join(repository, 'docs', 'architecture', 'schema', `${name}.sql`));
});
