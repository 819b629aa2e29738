import { databaseProblem, PgClient } from '@ftgo/messaging/postgres';
import { eventually, type FaultProxy, faultProxy, type OwnPostgres, type PrivatePostgres, startPostgres } from '@ftgo/testing';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { classify } from '../src/handling/errors.js';

describe('connections whose URL has a primary and its standby as hosts', () => {
  let primary: OwnPostgres;
  let standby: PrivatePostgres;
  let proxies: FaultProxy[];
  let url: string;

  beforeEach(async () => {
    primary = await startPostgres();
    standby = await primary.startStandby();
    proxies = await Promise.all([standby, primary].map(({ adminUrl }) => faultProxy({ to: adminUrl })));
    // The standby comes first.
    url = primary.adminUrl.replace(hostOf(primary.adminUrl), proxies.map(({ address }) => address).join(','));
  });
  afterEach(() => {
    for (const proxy of proxies) proxy.close();
  });

  const ask = async (text: string, from = url) => {
    const client = new PgClient({ connectionString: from, connectionTimeoutMillis: 3_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query<Record<string, unknown>>(text)).rows[0];
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  const promote = () => ask('SELECT pg_promote()', standby.adminUrl);
  const openPool = () => {
    const pool = new pg.Pool({ connectionString: url, max: 3, connectionTimeoutMillis: 3_000, Client: PgClient });
    pool.on('error', () => undefined);
    return pool;
  };
  const isStandby = 'SELECT pg_is_in_recovery() AS "isStandby"';

  it('go to the primary, wherever it is in the list', async () => {
    expect(await ask(isStandby)).toEqual({ isStandby: false });
    await ask('CREATE TABLE dish (id int)');
  });

  it('go to the primary at once if another host is silent', async () => {
    await proxies[0]?.admit('silent');
    expect(await ask(isStandby)).toEqual({ isStandby: false });
  });

  it('go to the standby once it is promoted, and those of a pool as well', async () => {
    const pool = openPool();
    await pool.query('CREATE TABLE dish (id int)');
    await primary.kill();
    // Its sessions notice its death a moment later.
    await eventually(() => expect(pool.query('INSERT INTO dish VALUES (1)')).rejects.toThrow());
    await promote();
    await eventually(() => pool.query('INSERT INTO dish VALUES (2)'), { timeoutMs: 60_000 });
    expect(await ask(isStandby)).toEqual({ isStandby: false });
    await pool.end();
  });

  it('do not stay with a server that has become a standby', async () => {
    expect(await ask(isStandby)).toEqual({ isStandby: false });
    // The remembered address now belongs to the standby, and the other one to the primary.
    proxies[1]?.leadTo(standby.adminUrl);
    proxies[0]?.leadTo(primary.adminUrl);
    await eventually(async () => expect(await ask(isStandby)).toEqual({ isStandby: false }));
  });

  it('fail with the reason for each host if none is the primary, and count as an outage', async () => {
    await primary.kill();
    proxies[1]?.close();
    const error = await ask(isStandby).catch((caught: unknown) => caught);
    const [first, second] = proxies.map(({ address }) => address);
    expect(databaseProblem(error, url)).toBe(
      `database "postgres" at ${first},${second}: no host is a primary: ${first} (a standby), ${second} (connect ECONNREFUSED ${second}); start the primary, or promote a standby`,
    );
    expect(classify(error)).toBe('infrastructure');
  });
});

const hostOf = (url: string) => new URL(url).host;
