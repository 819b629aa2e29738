import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { brokerConfig } from './config-fields.js';
import { ConfigError, parseConfig } from './parse-config.js';

const folder = mkdtempSync(join(tmpdir(), 'ftgo-config-'));
const fileWith = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

const complete = {
  FTGO_KAFKA_BROKERS: 'one:9092',
  FTGO_KAFKA_TLS_CA_FILE: 'system',
  FTGO_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
  FTGO_KAFKA_USERNAME: 'order-service',
  FTGO_KAFKA_PASSWORD_FILE: fileWith('password', 'secret\n'),
};

function problemsWith(changes: Record<string, string | undefined>): readonly string[] {
  try {
    parseConfig(z.object(brokerConfig), { ...complete, ...changes });
    return [];
  } catch (error) {
    return (error as ConfigError).problems;
  }
}

describe('access to Kafka', () => {
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is complete with an authority, a mechanism, a user and the file of its password', () => {
    expect(parseConfig(z.object(brokerConfig), complete)).toMatchObject({
      kafkaTlsCaFile: 'system',
      kafkaSaslMechanism: 'SCRAM-SHA-512',
      kafkaUsername: 'order-service',
      kafkaPasswordFile: complete.FTGO_KAFKA_PASSWORD_FILE,
    });
  });

  it.each([['FTGO_KAFKA_TLS_CA_FILE'], ['FTGO_KAFKA_SASL_MECHANISM'], ['FTGO_KAFKA_USERNAME'], ['FTGO_KAFKA_PASSWORD_FILE']])(
    'names %s if only this setting is missing',
    (variable) => {
      expect(problemsWith({ [variable]: undefined })).toEqual([expect.stringContaining(`${variable} is missing; set it to`)]);
    },
  );

  it('needs no credentials, with TLS or without', () => {
    const none = { FTGO_KAFKA_SASL_MECHANISM: undefined, FTGO_KAFKA_USERNAME: undefined, FTGO_KAFKA_PASSWORD_FILE: undefined };
    expect(problemsWith(none)).toEqual([]);
    expect(problemsWith({ ...none, FTGO_KAFKA_TLS_CA_FILE: undefined })).toEqual([]);
  });

  it('rejects an unknown mechanism, and files that do not exist or have other contents', () => {
    expect(
      problemsWith({
        FTGO_KAFKA_TLS_CA_FILE: fileWith('ca.pem', 'no certificate'),
        FTGO_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-1',
        FTGO_KAFKA_PASSWORD_FILE: join(folder, 'missing'),
      }),
    ).toEqual([
      expect.stringContaining('FTGO_KAFKA_TLS_CA_FILE is invalid (cannot read a certificate from it)'),
      expect.stringContaining('FTGO_KAFKA_SASL_MECHANISM is invalid'),
      expect.stringContaining('FTGO_KAFKA_PASSWORD_FILE is invalid (cannot read a password from it)'),
    ]);
  });
});
