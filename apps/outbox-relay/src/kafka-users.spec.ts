import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { accessFor, demandKafkaUsers } from './kafka-users.js';

const folder = mkdtempSync(join(tmpdir(), 'ftgo-relay-'));
for (const user of ['order-service', 'kitchen-service']) writeFileSync(join(folder, user), 'secret');

const urls = ['postgres://relay@db/ftgo_order', 'postgres://relay@db/ftgo_kitchen'];
const perService = { kafkaUsername: '{service}-relay', kafkaPasswordFile: join(folder, '{service}') };
const none = new Map<string, string>();

describe('users of the relay in Kafka', () => {
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are one for each service with {service}, otherwise one for all', () => {
    expect(accessFor('ftgo_order', perService, none)).toEqual({
      kafkaUsername: 'order-service-relay',
      kafkaPasswordFile: join(folder, 'order-service'),
    });
    const one = { kafkaUsername: 'relay', kafkaPasswordFile: join(folder, 'order-service') };
    expect(accessFor('ftgo_order', one, none)).toEqual(one);
    expect(() => demandKafkaUsers(urls, one, none)).not.toThrow();
    expect(() => demandKafkaUsers(urls, perService, none)).not.toThrow();
  });

  it('must each have a password', () => {
    const another = [...urls, 'postgres://relay@db/ftgo_restaurant'];
    expect(() => demandKafkaUsers(another, perService, none)).toThrow(
      `FTGO_KAFKA_PASSWORD_FILE is invalid (cannot read a password from ${join(folder, 'restaurant-service')})`,
    );
  });

  it('must share the password if they share the user', () => {
    expect(() => demandKafkaUsers(urls, { ...perService, kafkaUsername: 'relay' }, none)).toThrow(
      'FTGO_KAFKA_PASSWORD_FILE contains {service}, but FTGO_KAFKA_USERNAME does not',
    );
  });

  it('cannot be one for each service if a database may publish as any service', () => {
    expect(() => demandKafkaUsers(urls, perService, new Map([['ftgo_order', '*']]))).toThrow(
      'FTGO_KAFKA_USERNAME contains {service}, but FTGO_RELAY_SERVICES names no service for ftgo_order',
    );
  });
});
