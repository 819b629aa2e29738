import { describe, expect, it } from 'vitest';
import { databaseOf, databaseProblem } from './database-problem.js';
import { changeUrl, hostsOf, isPostgresUrl, urlsOf } from './hosts.js';

const several = 'postgres://ftgo_order:s%40fe@db1:5432,db2:5433,[::1]:5434/ftgo_order?application_name=x';

describe('a URL with several hosts', () => {
  it('is a URL for each of them, with the same role, password, database and parameters', () => {
    expect(urlsOf(several)).toEqual([
      'postgres://ftgo_order:s%40fe@db1:5432/ftgo_order?application_name=x',
      'postgres://ftgo_order:s%40fe@db2:5433/ftgo_order?application_name=x',
      'postgres://ftgo_order:s%40fe@[::1]:5434/ftgo_order?application_name=x',
    ]);
    expect(databaseOf(several)).toBe('ftgo_order');
    expect(hostsOf(several)).toBe('db1:5432,db2:5433,[::1]:5434');
  });

  it('keeps its hosts when another part is changed', () => {
    const changed = changeUrl(several, (url) => Object.assign(url, { username: 'ftgo_relay', pathname: '/ftgo_kitchen' }));
    expect(changed).toBe('postgres://ftgo_relay:s%40fe@db1:5432,db2:5433,[::1]:5434/ftgo_kitchen?application_name=x');
  });

  it('is named with all of them when the database cannot be used', () => {
    expect(databaseProblem(new Error('too bad'), several)).toBe('database "ftgo_order" at db1:5432,db2:5433,[::1]:5434: too bad');
  });
});

it.each(['postgres://a:b@db1/c', 'postgresql://db1:1/c?sslmode=require', 'not a URL'])(
  'a URL with one host is used as it is: %s',
  (url) => {
    expect(urlsOf(url)).toEqual([url]);
  },
);

describe('a PostgreSQL URL', () => {
  it.each([
    'postgres://a:b@db1/c',
    'postgresql://a:b@db1:5432,db2/c',
    'postgres://a:b@db1,db2/c?target_session_attrs=read-write',
    'postgres://a:b@db1,db2/c?target_session_attrs=primary',
  ])('is valid: %s', (url) => expect(isPostgresUrl(url)).toBe(true));

  it.each([
    'mysql://a:b@db1/c',
    'db1:5432',
    'postgres://a:b@db1:x/c',
    'postgres://a:b@db1,db2:x/c',
    'postgres://a:b@db1,/c',
    'postgres://a:b@db1,db2/c?target_session_attrs=standby',
  ])('is invalid: %s', (url) => expect(isPostgresUrl(url)).toBe(false));
});
