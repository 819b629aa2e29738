import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Clone } from './clone.js';

const minutes = 60_000;

describe('npm run ftgo -- new service', () => {
  let clone: Clone;
  const newService = (name: string) => clone.run('npm', ['run', '--silent', 'ftgo', '--', 'new', 'service', name]);
  const succeeds = async (command: string, ...args: readonly string[]) => expect(await clone.run(command, args)).toMatchObject({ code: 0 });

  beforeAll(() => {
    clone = new Clone();
  }, 2 * minutes);
  afterAll(() => clone.remove());

  it.each([
    ['consumer', 'cannot add consumer-service: apps/consumer-service already exists'],
    ['Coupon', "invalid service name 'Coupon'"],
    ['channels', 'cannot add channels-service: libs/contracts/src/channels.ts already exists'],
  ])('rejects the name %s and writes nothing', async (name, message) => {
    const { code, output } = await newService(name);
    expect([code, output, clone.changes()]).toEqual([1, expect.stringContaining(message), '']);
  });

  it('restores every file when a later step fails', async () => {
    const broken = join('proto', 'ftgo', 'broken.proto');
    writeFileSync(join(clone.root, broken), 'syntax = "proto3";\n');
    clone.commit();
    const { code, output } = await newService('coupon');
    expect([code, output, clone.changes()]).toEqual([1, expect.stringContaining('buf lint failed'), '']);
    await succeeds('git', 'rm', '--quiet', broken);
    clone.commit();
  });

  it(
    'adds a service whose specs pass, like all checks of the repository',
    async () => {
      await succeeds('npm', 'run', '--silent', 'ftgo', '--', 'new', 'service', 'gift-card');
      await succeeds('node_modules/.bin/biome', 'check', '.');
      await succeeds(
        'node_modules/.bin/node',
        '--import',
        './tools/swc-hooks.mjs',
        '--conditions=@ftgo/source',
        'tools/boundaries/main.ts',
      );
      await succeeds(
        'node_modules/.bin/node',
        '--import',
        './tools/swc-hooks.mjs',
        '--conditions=@ftgo/source',
        'tools/definitions/main.ts',
      );
      await succeeds('node', 'node_modules/typescript-native/bin/tsc', '-p', 'tsconfig.json');
      await succeeds(
        'npm',
        'test',
        '--',
        'apps/gift-card-service',
        'libs/contracts',
        'tools/deployment',
        'tools/docs',
        'tools/architecture',
        'tools/observability',
      );
    },
    8 * minutes,
  );

  it(
    'assigns other ports to the next service, and rejects an existing service',
    async () => {
      clone.commit();
      expect((await newService('gift-card')).output).toContain('apps/gift-card-service already exists');
      const { output } = await newService('branch');
      expect(output).toContain('localhost:8093/branches'); // 8092 at a node is Kafka's
    },
    3 * minutes,
  );
});
