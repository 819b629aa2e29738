import {
  CertificateFiles,
  eventually,
  noCertificates,
  type OwnPostgres,
  securePostgres,
  startPostgres,
  TestAuthority,
} from '@ftgo/testing';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messagingDatabase, RelayLab, range } from './relay-lab.js';

const why = noCertificates();

describe.skipIf(why)(`the relay over TLS with sslmode=verify-full${why ? ` (${why})` : ''}`, () => {
  const names = ['IP:127.0.0.1'];
  let [old, next]: TestAuthority[] = [];
  let server: OwnPostgres;
  let trusted: CertificateFiles;
  let lab: RelayLab;
  let service: Client;
  let admin: Client;
  let url: string;

  beforeAll(async () => {
    [old, next] = [new TestAuthority('old'), new TestAuthority('next')];
    server = await startPostgres();
    const database = await messagingDatabase(server);
    lab = await RelayLab.open({ database });
    service = await lab.client();
    admin = await lab.client(database.adminUrl);
    await securePostgres(server, old.issue(names));
    trusted = new CertificateFiles(old.certificate, old.issue(names));
    url = `${database.relayUrl}?sslmode=verify-full&sslrootcert=${trusted.caFile}`;
    await lab.listen();
  });
  afterAll(async () => {
    await lab?.close();
    trusted?.delete();
    for (const authority of [old, next]) authority?.delete();
  });

  const insert = (from: number, to: number) =>
    lab.insert(
      service,
      range(from, to).map((n) => ({ key: 'a', n })),
    );
  const arrived = (count: number) => eventually(() => expect(lab.numbers).toEqual(range(0, count)), { timeoutMs: 20_000 });
  const disconnect = () =>
    admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ftgo_relay' AND pid <> pg_backend_pid()`);

  it('encrypts every connection, the one that reads the log included', async () => {
    lab.relay({ url });
    await insert(0, 100);
    await arrived(100);
    const { rows } = await admin.query<{ backend_type: string; ssl: boolean }>(
      `SELECT backend_type, ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'ftgo_relay'`,
    );
    expect(rows).toContainEqual({ backend_type: 'walsender', ssl: true });
    expect(rows.filter(({ ssl }) => !ssl)).toEqual([]);
  });

  it('continues without a restart after the certificate of the server and its authority have been replaced', async () => {
    trusted.trust((old?.certificate ?? '') + next?.certificate);
    await disconnect();
    await insert(100, 200);
    await arrived(200);
    await securePostgres(server, next!.issue(names));
    trusted.trust(next!.certificate);
    await disconnect();
    await insert(200, 300);
    await arrived(300);
    expect(lab.disorder).toEqual([]);
    expect(lab.alarms()).toEqual([]);
  });

  it('reports a server that it does not trust, and publishes nothing until it does', async () => {
    trusted.trust(old!.certificate);
    await disconnect();
    await insert(300, 310);
    await eventually(() =>
      expect(lab.statuses[0]).toMatchObject({
        state: 'waiting',
        reason: expect.stringMatching(/^TLS with 127\.0\.0\.1:\d+ failed: .*; check sslmode and sslrootcert in the URL/),
      }),
    );
    trusted.trust(next!.certificate);
    await arrived(310);
  });
});

describe('what the relay needs of a server', () => {
  let lab: RelayLab;
  afterAll(() => lab.close());

  it('is checked before it leads: a slot and a WAL sender for each database', async () => {
    lab = await RelayLab.open();
    const relay = lab.relay({ databases: 61 });
    await eventually(() => expect(relay.status).toMatchObject({ state: 'misconfigured', isReady: false }));
    expect(relay.status.reason).toContain(
      'max_replication_slots is 60, but the relay reads 61 databases: raise max_replication_slots and restart PostgreSQL',
    );
    expect(relay.status.reason).toContain('max_wal_senders is 60, but');
  });

  it('includes a limit on the log that it retains, or it warns', async () => {
    const warned = () =>
      lab.log.filter(({ level, message }) => level === 'warn' && message.startsWith('max_slot_wal_keep_size is unlimited'));
    expect(warned()).toEqual([]);
    lab.relay();
    await eventually(() => expect(warned()).toEqual([expect.objectContaining({ details: { database: lab.database.name } })]));
  });
});
