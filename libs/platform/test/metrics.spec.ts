import { Durations, type Metric, MetricsSource } from '@ftgo/messaging/telemetry';
import { Controller, Get, Module, Param } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createService } from '../src/index.js';

class Kitchen extends MetricsSource {
  private readonly cooking = new Durations([0.5, 1]);

  override metrics(): Metric[] {
    for (const seconds of [0.5, 0.7, 3]) this.cooking.add(seconds);
    return [
      { name: 'ovens', help: 'Ovens that are hot', type: 'gauge', samples: [{ labels: { floor: 'a "b"' }, value: 2 }] },
      { name: 'cooking_seconds', help: 'How long', type: 'histogram', samples: this.cooking.samples({ dish: 'soup' }) },
    ];
  }
}

class Broken extends MetricsSource {
  override metrics(): Promise<Metric[]> {
    return Promise.reject(new Error('cannot connect to the database'));
  }
}

class Hanging extends MetricsSource {
  asked = 0;

  override metrics(): Promise<Metric[]> {
    this.asked++;
    return new Promise(() => undefined);
  }
}

@Controller('dishes')
class DishController {
  @Get(':id')
  get(@Param('id') id: string) {
    return { id };
  }
}

@Module({ controllers: [DishController], providers: [Kitchen, Broken, Hanging] })
class Dishes {}

describe('/metrics', () => {
  let app: NestFastifyApplication;
  const get = async (url: string) => (await app.inject({ method: 'GET', url })).body;

  beforeAll(async () => {
    app = await createService(Dishes, { name: 'dishes', logLevel: 'silent' });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(() => app.close());

  it('labels requests with the template of their route, whatever the URL', async () => {
    for (const path of ['/dishes/17', '/dishes/18?secret=1', '/no/such/route/4711']) await get(path);
    const routes = [...(await get('/metrics')).matchAll(/^http_server_request_duration_seconds_count\{.*route="([^"]*)".*\} (\d+)$/gm)];
    expect(routes.map(([, route, count]) => [route, count])).toEqual([
      ['/dishes/:id', '2'],
      ['none', '1'],
    ]);
  });

  it('exports the metrics of all sources, except those that fail or do not respond', async () => {
    const lines = (await get('/metrics')).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        '# HELP ovens Ovens that are hot',
        '# TYPE ovens gauge',
        'ovens{floor="a \\"b\\""} 2',
        '# TYPE cooking_seconds histogram',
      ]),
    );
    const cooking = lines.filter((line) => line.startsWith('cooking_seconds')).map((line) => line.replace(/ .*/, ''));
    expect(cooking).toEqual([
      'cooking_seconds_bucket{dish="soup",le="0.5"}',
      'cooking_seconds_bucket{dish="soup",le="1"}',
      'cooking_seconds_bucket{dish="soup",le="+Inf"}',
      'cooking_seconds_sum{dish="soup"}',
      'cooking_seconds_count{dish="soup"}',
    ]);
  });

  it('queries a silent source only once, however often it is scraped', async () => {
    await Promise.all([get('/metrics'), get('/metrics')]);
    expect(app.get(Hanging).asked).toBe(1);
  });
});
