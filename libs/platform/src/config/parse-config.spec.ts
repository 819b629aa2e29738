import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { currentSecret } from './changing-secret.js';
import { brokerConfig, databaseUrl, hostAndPort, httpConfig, messagingConfig, milliseconds } from './config-fields.js';
import { ConfigError, parseConfig } from './parse-config.js';
import { tokenSettings } from './security-config.js';
import { httpLimits, limitsOf } from './server-limits.js';

const schema = z.object({
  ...httpConfig,
  databaseUrl: databaseUrl(),
  ...brokerConfig,
  orderGrpcUrl: hostAndPort(),
  sagaStepDeadlineMs: milliseconds().default(120_000),
});
const complete = {
  FTGO_HTTP_PORT: '8081',
  FTGO_DATABASE_URL: 'postgres://a:b@localhost:5432/c',
  FTGO_KAFKA_BROKERS: 'one:9092, two:9092',
  FTGO_ORDER_GRPC_URL: '127.0.0.1:50051',
};

function problemsWith(environment: Record<string, string | undefined>): readonly string[] {
  try {
    parseConfig(schema, environment);
    return [];
  } catch (error) {
    return (error as ConfigError).problems;
  }
}

describe('the formats of messages', () => {
  const read = (text: string) => parseConfig(z.object({ contentTypes: messagingConfig.contentTypes }), { FTGO_CONTENT_TYPES: text });

  it('are read by topic', () => {
    expect(read('ftgo.order.events=protobuf, *=json')).toEqual({
      contentTypes: { 'ftgo.order.events': 'application/protobuf', '*': 'application/json' },
    });
  });

  it.each(['protobuf', 'ftgo.order.events=avro', 'ftgo.order.events', '=json'])('do not accept %s', (text) => {
    expect(() => read(text)).toThrow('FTGO_CONTENT_TYPES');
  });
});

describe('parseConfig', () => {
  it('reads variables named after the fields of the schema', () => {
    expect(parseConfig(schema, { ...complete, FTGO_SAGA_STEP_DEADLINE_MS: '5000' })).toEqual({
      httpPort: 8081,
      httpHost: '127.0.0.1',
      logLevel: 'info',
      ...limitsOf(httpLimits, {}),
      databaseUrl: 'postgres://a:b@localhost:5432/c',
      kafkaBrokers: ['one:9092', 'two:9092'],
      orderGrpcUrl: '127.0.0.1:50051',
      sagaStepDeadlineMs: 5000,
    });
  });

  it('reads the file named by the variable with _FILE, unless the variable itself is set', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ftgo-config-'));
    const file = join(folder, 'database-url');
    writeFileSync(file, 'postgres://a:secret@db:5432/c\n');
    try {
      const { FTGO_DATABASE_URL, ...others } = complete;
      const given = { ...others, FTGO_DATABASE_URL_FILE: file };
      expect(parseConfig(schema, given).databaseUrl).toBe('postgres://a:secret@db:5432/c');
      expect(parseConfig(schema, { ...given, FTGO_DATABASE_URL }).databaseUrl).toBe(FTGO_DATABASE_URL);
      expect(problemsWith({ ...others, FTGO_DATABASE_URL_FILE: `${file}.not` })).toEqual([
        expect.stringMatching(/^cannot read .*database-url.not, named by FTGO_DATABASE_URL_FILE/),
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('can read a secret again after its file was replaced', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ftgo-config-'));
    const file = join(folder, 'url');
    writeFileSync(file, 'postgres://a:secret@db:5432/c\n');
    try {
      const { FTGO_DATABASE_URL: _, ...others } = complete;
      const { databaseUrl } = parseConfig(schema, { ...others, FTGO_DATABASE_URL_FILE: file });
      writeFileSync(file, 'postgres://a:secret@db:5432/d\n');
      expect(currentSecret(databaseUrl)).toBe('postgres://a:secret@db:5432/d');
      rmSync(file);
      expect(currentSecret(databaseUrl)).toBe(databaseUrl);
      expect(currentSecret('of no file')).toBe('of no file');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('returns a frozen object', () => {
    expect(Object.isFrozen(parseConfig(schema, complete))).toBe(true);
  });

  it('reports all problems at once and what to set', () => {
    expect(problemsWith({ FTGO_HTTP_PORT: '99999', FTGO_DATABASE_URL: '', FTGO_KAFKA_BROKERS: 'one' })).toEqual([
      expect.stringMatching(/^FTGO_HTTP_PORT is invalid .*; set it to a port number/),
      expect.stringMatching(/^FTGO_DATABASE_URL is missing; set it to a URL such as postgres:/),
      expect.stringMatching(/^FTGO_KAFKA_BROKERS is invalid .*; set it to brokers such as/),
      expect.stringMatching(/^FTGO_ORDER_GRPC_URL is missing; set it to an address such as/),
    ]);
  });

  it('requires what other settings make necessary, and nothing else', () => {
    const { FTGO_KAFKA_BROKERS: _, ...others } = complete;
    expect(problemsWith(others)).toEqual([expect.stringMatching(/^FTGO_KAFKA_BROKERS is missing; set it to brokers such as/)]);
    expect(problemsWith({ ...others, FTGO_BROKER: 'postgres' })).toEqual([expect.stringMatching(/^FTGO_BROKER_URL is missing; set it to/)]);
    const url = 'postgres://a:b@localhost:5432/ftgo_broker';
    expect(parseConfig(schema, { ...others, FTGO_BROKER: 'postgres', FTGO_BROKER_URL: url })).toMatchObject({
      broker: 'postgres',
      brokerUrl: url,
    });
    expect(problemsWith({ ...complete, FTGO_BROKER: 'pigeon' })).toEqual([expect.stringMatching(/^FTGO_BROKER is invalid/)]);
  });

  it('rejects security that is off in production, and reports everything that security needs', () => {
    const production = { ...complete, FTGO_ENV: 'production' };
    const missing = [
      expect.stringMatching(/^FTGO_OIDC_ISSUER is missing; set it to the URL of the OpenID provider/),
      expect.stringMatching(/^FTGO_OIDC_AUDIENCE is missing; set it to the audience/),
    ];
    expect(problemsWith(production)).toEqual([expect.stringMatching(/^FTGO_SECURITY is missing; set it to on/), ...missing]);
    expect(problemsWith({ ...production, FTGO_SECURITY: 'off' })).toEqual([
      expect.stringMatching(/^FTGO_SECURITY is invalid \(off in production\); set it to on/),
      ...missing,
    ]);
    expect(problemsWith({ ...complete, FTGO_SECURITY: 'on' })).toEqual(missing);
    const issuer = { FTGO_SECURITY: 'on', FTGO_OIDC_ISSUER: 'http://login.example', FTGO_OIDC_AUDIENCE: 'ftgo' };
    expect(tokenSettings(parseConfig(schema, { ...complete, ...issuer }))).toEqual({ issuer: 'http://login.example', audience: 'ftgo' });
    expect(problemsWith({ ...production, ...issuer })).toEqual([expect.stringMatching(/^FTGO_OIDC_ISSUER is invalid \(not https\)/)]);
  });

  it('needs no access tokens by default', () => {
    expect(tokenSettings(parseConfig(schema, complete))).toBeUndefined();
    expect(tokenSettings(parseConfig(schema, { ...complete, FTGO_SECURITY: 'off' }))).toBeUndefined();
  });

  it('accepts PostgreSQL URLs with several hosts, one of which is the primary', () => {
    const url = 'postgres://a:b@db1:5432,db2:5432/c';
    expect(parseConfig(schema, { ...complete, FTGO_DATABASE_URL: url }).databaseUrl).toBe(url);
    expect(problemsWith({ ...complete, FTGO_DATABASE_URL: 'postgres://a:b@db1:5432,db2:x/c' })).toEqual([
      expect.stringMatching(/^FTGO_DATABASE_URL is invalid .*; set it to a URL such as postgres:/),
    ]);
  });

  it('never repeats an invalid value, since it may be a secret', () => {
    expect(problemsWith({ ...complete, FTGO_DATABASE_URL: 'mysql://root:hunter2@localhost/x' }).join()).not.toContain('hunter2');
  });

  it.each(['', 'abc', '-1', '1.5', '70000'])('rejects %j as a port', (port) => {
    expect(problemsWith({ ...complete, FTGO_HTTP_PORT: port })).toHaveLength(1);
  });
});
