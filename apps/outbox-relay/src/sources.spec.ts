import { expect, it } from 'vitest';
import { demandDatabases, sourceOf, sources } from './sources.js';

const urls = ['postgres://relay@127.0.0.1/ftgo_order', 'postgres://relay@127.0.0.1/ftgo_kitchen', 'postgres://relay@127.0.0.1/orders'];
const of = (text: string) => ['ftgo_order', 'ftgo_kitchen', 'orders'].map((database) => sourceOf(database, sources.parse(text)));

it.each([
  ['wal', ['wal', 'wal', 'wal']],
  ['polling', ['polling', 'polling', 'polling']],
  ['order=polling', ['polling', 'wal', 'wal']],
  ['ftgo_order=wal, kitchen=polling,orders=polling', ['wal', 'polling', 'polling']],
])('%s sets the source of each database', (text, expected) => {
  expect(of(text)).toEqual(expected);
});

it.each(['log', 'order=log', 'order', '=wal', 'wal,polling', ''])('rejects %j', (text) => {
  expect(sources.safeParse(text).error?.issues[0]?.message).toContain('expected wal, polling, or pairs');
});

it('rejects the name of a database that is not relayed', () => {
  demandDatabases(urls, sources.parse('order=polling,orders=wal'));
  expect(() => demandDatabases(urls, sources.parse('ordr=polling'))).toThrow("FTGO_RELAY_SOURCE names 'ordr'");
});
