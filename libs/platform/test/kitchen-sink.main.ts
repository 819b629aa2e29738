// A service for the specs of starting and stopping, run as a process.
import { Controller, type DynamicModule, Get, Module } from '@nestjs/common';
import { z } from 'zod';
import { Database, DatabaseModule, databaseUrl, httpConfig, parseConfig, runService } from '../src/index.js';

const schema = z.object({ ...httpConfig, databaseUrl: databaseUrl() });
type Config = z.output<typeof schema>;

@Controller('slow')
class SlowController {
  constructor(private readonly database: Database) {}

  @Get()
  async answer(): Promise<{ done: boolean }> {
    await this.database.query('SELECT pg_sleep(1)');
    return { done: true };
  }
}

@Module({ controllers: [SlowController] })
class AppModule {
  static forRoot(config: Config): DynamicModule {
    return { module: AppModule, imports: [DatabaseModule.forRoot({ url: config.databaseUrl, entities: [] })] };
  }
}

await runService(AppModule, { name: 'slow-service', config: () => parseConfig(schema, process.env) });
