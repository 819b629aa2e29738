import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PgClient } from '@ftgo/messaging/postgres';
import { eventually, startPostgres, testDatabase } from '@ftgo/testing';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client, type Pool } from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createService, DatabaseModule, databaseUrl, parseConfig, runMigrations } from '../src/index.js';
import { MenuController, Menus0000000000001 } from './menus.fixture.js';

describe('the password of a database role, in a file', () => {
  let folder: string;
  let file: string;
  let url: string;
  let admin: Client;
  let app: NestFastifyApplication;
  let writes: Promise<number[]>;
  let hasEnded = false;
  let connections = 0;

  beforeAll(async () => {
    // A server of its own, since roles belong to the whole server.
    const database = await testDatabase({ server: await startPostgres() });
    folder = mkdtempSync(join(tmpdir(), 'ftgo-password-'));
    file = join(folder, 'database-url');
    admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    url = database.url;
    writeFileSync(file, url);
    await runMigrations(url, [Menus0000000000001], { print: () => {} });
    const config = parseConfig(z.object({ databaseUrl: databaseUrl() }), { FTGO_DATABASE_URL_FILE: file });
    @Module({ imports: [DatabaseModule.forRoot({ url: config.databaseUrl, entities: [], poolSize: 4 })], controllers: [MenuController] })
    class AppModule {}
    app = await createService(AppModule, { name: 'menu-service', logLevel: 'fatal' });
    await app.init();
    const { master: pool } = app.get(DataSource).driver as unknown as { master: Pool & { options: { maxUses: number } } };
    // Load that opens a connection for every third request.
    pool.options.maxUses = 3;
    pool.on('connect', () => (connections += 1));
    writes = load();
  });
  afterAll(async () => {
    hasEnded = true;
    await app.close();
    await admin.end();
    rmSync(folder, { recursive: true });
  });

  /** Reads, one after the other, from four clients; returns the statuses that are not 200. */
  async function load(): Promise<number[]> {
    const failed: number[] = [];
    const client = async () => {
      while (!hasEnded) {
        const { statusCode } = await app.inject({ method: 'GET', url: '/menus' });
        if (statusCode !== 200) failed.push(statusCode);
      }
    };
    await Promise.all([client(), client(), client(), client()]);
    return failed;
  }

  /** As tools that distribute secrets do: readers see the old file or the new one. */
  function writeToFile(password: string) {
    const changed = new URL(url);
    changed.password = encodeURIComponent(password);
    writeFileSync(`${file}.new`, changed.href);
    renameSync(`${file}.new`, file);
  }

  const setInServer = (password: string) => admin.query(`ALTER ROLE "${new URL(url).username}" PASSWORD '${password}'`);

  async function connectionsOpened(count: number) {
    const from = connections;
    await eventually(() => expect(connections - from).toBeGreaterThan(count), { timeoutMs: 20_000 });
  }

  it('is replaced several times under load, and no request fails', { timeout: 60_000 }, async () => {
    await connectionsOpened(10);
    for (const password of ['second-1', 'third/@:%2', 'fourth-3']) {
      writeToFile(password);
      await connectionsOpened(10);
      await setInServer(password);
      await connectionsOpened(10);
    }
    hasEnded = true;
    expect(await writes).toEqual([]);
  });

  it('is also used by other connections that the process opens with the URL that it first read', async () => {
    const other = new PgClient({ connectionString: url });
    await other.connect();
    expect((await other.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await other.end();
    const unwatched = new Client({ connectionString: url });
    await expect(unwatched.connect()).rejects.toThrow('password authentication failed');
  });
});
