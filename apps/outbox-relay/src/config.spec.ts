import { parseConfig } from '@ftgo/platform/config';
import { expect, it } from 'vitest';
import { schema } from './config.js';

const urlsFrom = (text: string) =>
  parseConfig(schema, { FTGO_HTTP_PORT: '0', FTGO_KAFKA_BROKERS: 'one:9092', FTGO_RELAY_DATABASE_URLS: text }).relayDatabaseUrls;

it('the URLs of the databases may have several hosts each, although both are separated by commas', () => {
  const [order, kitchen] = ['postgres://relay:s@db1:5432,db2:5432/ftgo_order', 'postgresql://relay:s@db1,db2/ftgo_kitchen'];
  expect(urlsFrom(`${order}, ${kitchen}`)).toEqual([order, kitchen]);
});

it.each(['', 'postgres://relay:s@db1/one,', 'postgres://relay:s@db1/one,mysql://relay:s@db1/two'])(
  'an invalid URL is reported: %j',
  (text) => expect(() => urlsFrom(text)).toThrow('FTGO_RELAY_DATABASE_URLS'),
);
