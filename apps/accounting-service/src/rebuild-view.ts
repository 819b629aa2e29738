import { DatabaseModule, endWithMessage } from '@ftgo/platform';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AccountRepository } from './account/account.repository.js';
import { AuthorizationView } from './account/authorization.view.js';
import { readMigrationConfig } from './config.js';

@Module({ providers: [AccountRepository, AuthorizationView] })
class ViewModule {}

/** Rebuilds the view of authorisations from the events of all accounts, while the service may be running. */
await endWithMessage('accounting-service', async () => {
  const database = DatabaseModule.forRoot({ url: readMigrationConfig().databaseUrl, entities: [] });
  const app = await NestFactory.createApplicationContext({ module: ViewModule, imports: [database] }, { logger: ['error', 'warn'] });
  await app.get(AccountRepository).rebuildView();
  await app.close();
});
