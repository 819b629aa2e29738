import { caller, type Principal } from '@ftgo/security';
import { type TestDatabase, testDatabase } from '@ftgo/testing';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Access, Database, DatabaseModule, Ownership, ownershipTable, runMigrations } from '../src/index.js';

const issuer = 'https://login.example';

const person = (roles: readonly string[], claims: Principal['claims'] = {}): Principal => ({
  issuer,
  subject: 'ada',
  roles: new Set(roles),
  claims,
  expiresAt: new Date(),
  token: '',
});

describe('what the service has stored as belonging to a person', () => {
  let testDb: TestDatabase;
  let app: INestApplicationContext;
  let ownership: Ownership;
  let access: Access;

  beforeAll(async () => {
    testDb = await testDatabase();
    await runMigrations(testDb.url, [ownershipTable(1)], { print: () => {} });
    app = await NestFactory.createApplicationContext(DatabaseModule.forRoot({ url: testDb.url, entities: [] }), { logger: false });
    ownership = app.get(Ownership);
    access = new Access(true, ownership);
  });
  beforeEach(async () => {
    await app.get(Database).query('TRUNCATE ownership');
    await ownership.assign({ kind: 'restaurant', id: 7 }, `${issuer}|ada`);
  });
  afterAll(async () => {
    await app?.close();
    await testDb?.drop();
  });

  const isOwn = (principal: Principal | undefined, id: number) => caller.run(principal, () => access.allows({ restaurant: id as never }));

  it('is accessible without claims, but only in the role that uses it', async () => {
    expect(await isOwn(person(['restaurant']), 7)).toBe(true);
    expect(await isOwn(person(['consumer']), 7)).toBe(false);
    expect(await isOwn(undefined, 7)).toBe(false);
  });

  it('is not accessible for another person, nor for one with the same id at another issuer', async () => {
    expect(await isOwn({ ...person(['restaurant']), subject: 'bob' }, 7)).toBe(false);
    expect(await isOwn({ ...person(['restaurant']), issuer: 'https://other.example' }, 7)).toBe(false);
  });

  it('adds to what the claims of the token name', async () => {
    const both = person(['restaurant'], { ftgo_restaurant_ids: [8] });
    expect(await Promise.all([7, 8, 9].map((id) => isOwn(both, id)))).toEqual([true, true, false]);
    const own = await caller.run(both, () => access.own([6, 7, 8, 9], (id) => ({ restaurant: id as never })));
    expect(own).toEqual([7, 8]);
    expect(await caller.run(both, () => access.idsOf('restaurant'))).toEqual([8, 7]);
  });

  it('remains when an older version of the thing is read again', async () => {
    await ownership.assign({ kind: 'restaurant', id: 7 }, `${issuer}|bob`, 3);
    await ownership.assign({ kind: 'restaurant', id: 7 }, `${issuer}|ada`, 2);
    expect(await isOwn(person(['restaurant']), 7)).toBe(false);
    await ownership.assign({ kind: 'restaurant', id: 7 }, `${issuer}|ada`, 3);
    expect(await isOwn(person(['restaurant']), 7)).toBe(true);
  });

  it('has an owner only if a person creates it while security is on', () => {
    const ownerFor = (principal: Principal | undefined, by = access) => caller.run(principal, () => by.owner);
    expect(ownerFor(person(['consumer']))).toBe(`${issuer}|ada`);
    expect(ownerFor(person(['consumer', 'operator']))).toBeUndefined();
    expect(ownerFor(undefined)).toBeUndefined();
    expect(ownerFor(person(['consumer']), new Access(false, ownership))).toBeUndefined();
  });
});
