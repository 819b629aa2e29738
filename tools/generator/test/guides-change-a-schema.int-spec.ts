import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '@ftgo/runner/processes';
import { repository } from '@ftgo/runner/workspace';
import { eventually, type TestDatabase, testDatabase } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf } from './blocks-of.js';
import { Clone } from './clone.js';

const ada = { firstName: 'Ada', lastName: 'Lovelace' };

/** The version before the guide is this repository, and the one after it a clone to which the guide was applied. */
describe('docs/guides/change-a-schema.md', { timeout: 5 * 60_000 }, () => {
  const [expand = '', contract = '', ...others] = blocksOf('change-a-schema');
  let clone: Clone;
  let database: TestDatabase;
  let old: ConsumerService;
  let current: ConsumerService;

  beforeAll(async () => {
    [clone, database] = [new Clone(), await testDatabase()];
    [old, current] = [new ConsumerService(repository, database.url), new ConsumerService(clone.root, database.url)];
    await old.migrate();
    await old.start();
  });
  afterAll(async () => {
    await Promise.all([old?.stop(), current?.stop()]);
    await database?.drop();
    clone?.remove();
  });

  /** Without generating, which runs specs of the whole repository. */
  const paste = async (block: string) => {
    const commands = block.replaceAll(/^npm run generate.*$/gm, '');
    const { code, output } = await clone.run('sh', ['-e', '-c', commands]);
    expect(code, `${commands}\n${output}`).toBe(0);
  };

  it('lets the version before the expansion and the one after it work side by side', async () => {
    const before = await old.create();
    await paste(expand);
    await current.migrate();
    const during = await old.create();
    await current.start();
    const after = await current.create();
    for (const id of [before, during, after])
      for (const version of [old, current]) expect(await version.get(id)).toEqual({ consumerId: id, name: ada });
    await old.erase(after);
    await current.erase(during);
    for (const id of [during, after]) for (const version of [old, current]) expect(await version.get(id)).toMatchObject({ status: 404 });
  });

  it('lets only the version after the expansion work after the contraction', async () => {
    const [first, second] = [await old.create(), await current.create()];
    await paste(contract);
    await current.migrate();
    for (const id of [first, second, await current.create()]) expect(await current.get(id)).toEqual({ consumerId: id, name: ada });
    expect(await old.get(first)).toMatchObject({ status: 500 });
    expect(others).toEqual([]);
  });
});

/** consumer-service as a process, without a broker: it serves requests nevertheless. */
class ConsumerService {
  private process: ChildProcess | undefined;
  private url = '';
  private output = '';

  constructor(
    private readonly root: string,
    private readonly databaseUrl: string,
  ) {}

  async migrate(): Promise<void> {
    const migration = this.run('migrate.ts', {});
    const [code] = (await once(migration, 'exit')) as [number | null];
    expect(code, this.output).toBe(0);
  }

  async start(): Promise<void> {
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    this.process = this.run('main.ts', { FTGO_HTTP_PORT: String(port), FTGO_GRPC_PORT: '0', FTGO_KAFKA_BROKERS: '127.0.0.1:1' });
    await eventually(async () => expect((await fetch(`${this.url}/health/live`)).status, this.output).toBe(200), { timeoutMs: 60_000 });
  }

  async stop(): Promise<void> {
    const { process } = this;
    if (!process || process.exitCode !== null) return;
    process.kill('SIGKILL');
    await once(process, 'exit');
  }

  async create(): Promise<number> {
    return ((await this.post('/consumers', { name: ada })) as { consumerId: number }).consumerId;
  }

  async get(id: number): Promise<object> {
    return (await (await fetch(`${this.url}/consumers/${id}`)).json()) as object;
  }

  erase(id: number): Promise<object> {
    return this.post(`/operations/consumers/${id}/erase`, { by: 'olga', reason: 'a request' });
  }

  private async post(path: string, body: object): Promise<object> {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${this.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    expect(response.status, this.output).toBe(200);
    return (await response.json()) as object;
  }

  private run(script: string, env: NodeJS.ProcessEnv): ChildProcess {
    const source = ['--import', './tools/swc-hooks.mjs', '--conditions=@ftgo/source'];
    const child = spawn(join(this.root, 'node_modules', '.bin', 'node'), [...source, `apps/consumer-service/src/${script}`], {
      cwd: this.root,
      env: { PATH: process.env['PATH'], FTGO_DATABASE_URL: this.databaseUrl, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    return child;
  }
}
