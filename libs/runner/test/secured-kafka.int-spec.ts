import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noSecuredKafka, type SecuredKafka, startSecuredKafka, uniqueName } from '@ftgo/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { acceptsTls, answersMetadata } from '../src/kafka/probe.js';
import { demandUsers } from '../src/kafka/security/secured-kafka.js';

const why = noSecuredKafka();

describe.skipIf(why)(`a secured Kafka of the runner${why ? ` (${why})` : ''}`, () => {
  let kafka: SecuredKafka;
  beforeAll(async () => {
    kafka = await startSecuredKafka();
  });

  it('is recognised over TLS with its certificate, and not otherwise', async () => {
    const [host = '', port] = kafka.brokers.split(':');
    const at = { host, port: Number(port) };
    expect(await acceptsTls({ ...at, caFile: kafka.caFile })).toBe(true);
    expect(await acceptsTls({ ...at, caFile: 'system' })).toBe(false);
    expect(await answersMetadata(host, Number(port), 1_000)).toBe(false);
  });

  it('withdraws permissions that are not given any more', async () => {
    const topic = uniqueName('topic');
    const admin = await kafka.client();
    await admin.ensureTopics([{ topic, partitions: 1 }]);
    for (const user of ['former', 'current']) await kafka.rotatePassword(user, uniqueName('password'));
    const [former, current] = [await kafka.client('former'), await kafka.client('current')];
    await kafka.permitReading('former', topic);
    expect(await former.missingTopics([topic])).toEqual([]);
    await kafka.permitReading('current', topic);
    expect(await current.missingTopics([topic])).toEqual([]);
    await expect(former.missingTopics([topic])).rejects.toThrow('does not permit this to user former');
    await Promise.all([admin, former, current].map((client) => client.close()));
  });
});

it('cannot secure a Kafka whose data was created without users', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ftgo-secured-'));
  try {
    const data = join(folder, 'kafka');
    expect(() => demandUsers(data, join(folder, 'security'))).not.toThrow();
    mkdirSync(data);
    expect(() => demandUsers(data, join(folder, 'security'))).toThrow('was created without users; delete the data with npm run reset');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
