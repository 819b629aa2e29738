import { PgClient } from '@ftgo/messaging/postgres';
import {
  CertificateFiles,
  eventually,
  noCertificates,
  type OwnPostgres,
  securePostgres,
  startPostgres,
  TestAuthority,
  type TestDatabase,
  testDatabase,
} from '@ftgo/testing';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client, type Pool } from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { awaitMigrations } from '../src/database/await-migrations.js';
import { createService, DatabaseModule, databaseUrl, parseConfig, runMigrations } from '../src/index.js';
import { MenuController, Menus0000000000001 } from './menus.fixture.js';

const why = noCertificates();

describe.skipIf(why)(`PostgreSQL over TLS with sslmode=verify-full${why ? ` (${why})` : ''}`, () => {
  const [old, next] = why ? [] : [new TestAuthority('old'), new TestAuthority('next')];
  let server: OwnPostgres;
  let database: TestDatabase;
  let trusted: CertificateFiles;
  let url: string;
  let admin: Client;
  let app: NestFastifyApplication;
  let connections = 0;

  const names = ['IP:127.0.0.1'];
  const verified = (plain: string, { caFile }: { readonly caFile: string } = trusted): string =>
    `${plain}?sslmode=verify-full&sslrootcert=${caFile}`;
  const quietly = { patienceMs: 0, print: () => {} };

  beforeAll(async () => {
    if (!old) return;
    server = await startPostgres();
    database = await testDatabase({ server });
    await securePostgres(server, old.issue(names));
    trusted = new CertificateFiles(old.certificate, old.issue(names));
    url = parseConfig(z.object({ databaseUrl: databaseUrl() }), { FTGO_DATABASE_URL: verified(database.url) }).databaseUrl;
    admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    await runMigrations(url, [Menus0000000000001], quietly);
    await awaitMigrations(url, [Menus0000000000001], quietly);
    @Module({ imports: [DatabaseModule.forRoot({ url, entities: [], poolSize: 4 })], controllers: [MenuController] })
    class AppModule {}
    app = await createService(AppModule, { name: 'menu-service', logLevel: 'fatal' });
    await app.init();
    const { master: pool } = app.get(DataSource).driver as unknown as { master: Pool & { options: { maxUses: number } } };
    // Load that opens a connection for every third request.
    pool.options.maxUses = 3;
    pool.on('connect', () => (connections += 1));
  });
  afterAll(async () => {
    await app?.close();
    await admin?.end();
    trusted?.delete();
    for (const authority of [old, next]) authority?.delete();
  });

  const getMenus = async (): Promise<number> => (await app.inject({ method: 'GET', url: '/menus' })).statusCode;

  it('encrypts every connection of a service, also with several hosts', async () => {
    const { port } = new URL(database.url);
    const several = new PgClient({ connectionString: url.replace(`127.0.0.1:${port}`, `127.0.0.1:1,127.0.0.1:${port}`) });
    await several.connect();
    const sessions = async (): Promise<boolean[]> => {
      const { rows } = await admin.query<{ ssl: boolean }>(
        'SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE datname = $1 AND pid <> pg_backend_pid()',
        [database.name],
      );
      return rows.map(({ ssl }) => ssl);
    };
    await eventually(async () => {
      expect(await getMenus()).toBe(200);
      expect(await sessions()).toEqual([true, true]);
    });
    await several.end();
  });

  it('is refused to a client in clear text', async () => {
    await expect(new Client({ connectionString: database.url }).connect()).rejects.toThrow('no encryption');
  });

  it('rejects a server with another name or another authority, and names the settings to check', async () => {
    const foreign = new CertificateFiles(next?.certificate ?? '', next?.issue(names) ?? { certificate: '', privateKey: '' });
    const elsewhere = url.replace('127.0.0.1', 'localhost');
    await expect(runMigrations(elsewhere, [], quietly)).rejects.toThrow(
      /^cannot use the database: TLS with localhost:\d+ failed: .*altnames.*sslrootcert/,
    );
    await expect(runMigrations(verified(database.url, foreign), [], quietly)).rejects.toThrow(
      /^cannot use the database: TLS with 127.0.0.1:\d+ failed: /,
    );
    foreign.delete();
  });

  it('rejects a URL whose file has no certificate', () => {
    const wrong = verified(database.url, { caFile: '/nowhere' });
    expect(() => parseConfig(z.object({ databaseUrl: databaseUrl() }), { FTGO_DATABASE_URL: wrong })).toThrow(
      'FTGO_DATABASE_URL is invalid (cannot read a certificate from the file that its sslrootcert names)',
    );
  });

  it('replaces the certificate of the server and its authority under load, and no request fails', { timeout: 60_000 }, async () => {
    if (!old || !next) return;
    const failed: number[] = [];
    let hasEnded = false;
    const client = async () => {
      while (!hasEnded) {
        const status = await getMenus();
        if (status !== 200) failed.push(status);
      }
    };
    const load = Promise.all([client(), client(), client(), client()]);
    const connectionsOpened = async () => {
      const from = connections;
      await eventually(() => expect(connections - from).toBeGreaterThan(10), { timeoutMs: 20_000 });
    };
    await connectionsOpened();
    trusted.trust(old.certificate + next.certificate);
    await connectionsOpened();
    await securePostgres(server, next.issue(names));
    await connectionsOpened();
    trusted.trust(next.certificate);
    await connectionsOpened();
    hasEnded = true;
    await load;
    expect(failed).toEqual([]);
  });
});
