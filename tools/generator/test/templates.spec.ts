import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { expect, it } from 'vitest';
import { render } from '../templates.js';

const templates = 'service/apps/__service__';

it('a new service has the settings of restaurant-service, except those of gRPC', () => {
  const settingsIn = (text: string) => /z\.object\(\{\n(.*?)^\}\)/ms.exec(text)?.[1]?.replace('  ...grpcConfig,\n', '');
  const existing = readFileSync(join(repository, 'apps/restaurant-service/src/config.ts'), 'utf8');
  expect(settingsIn(render(`${templates}/src/config.ts.ejs`, {}))).toBe(settingsIn(existing));
});

it('a new service is wired as restaurant-service is', () => {
  const lines = (text: string) => text.split('\n').filter((line) => line.trim() && !line.trim().startsWith('//'));
  const values = {
    service: 'restaurant-service',
    short: 'restaurant',
    contract: 'restaurant',
    property: 'restaurant',
    aggregate: 'Restaurant',
  };
  const existing = readFileSync(join(repository, 'apps/restaurant-service/src/app.module.ts'), 'utf8');
  expect(lines(render(`${templates}/src/app.module.ts.ejs`, values))).toEqual(lines(existing));
});
