import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, noSecuredKafka, type SecuredKafka, startSecuredKafka, uniqueName } from '@ftgo/testing';
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

  it('replaces its certificate under load, and clients neither restart nor fail', { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ftgo-kafka-'));
    const tlsCaFile = join(folder, 'ca.pem');
    const trust = (text: string) => {
      writeFileSync(`${tlsCaFile}.new`, text);
      renameSync(`${tlsCaFile}.new`, tlsCaFile);
    };
    const old = readFileSync(kafka.caFile, 'utf8');
    trust(old);
    const [host = '', port] = kafka.brokers.split(':');
    const accepts = (caFile: string) => acceptsTls({ host, port: Number(port), caFile });
    const topic = uniqueName('topic');
    const admin = await kafka.client(undefined, tlsCaFile);
    await admin.ensureTopics([{ topic, partitions: 1 }]);
    // A connection for every message, and one that stays.
    const stop = new AbortController();
    let sent = 0;
    const sending = (async () => {
      for (; !stop.signal.aborted; sent += 1) {
        const client = await kafka.client(undefined, tlsCaFile);
        const record = { topic, key: Buffer.from('key'), value: Buffer.from(String(sent)), headers: [] };
        await client.publish([record]);
        await client.close();
        await admin.publish([record]);
      }
    })();
    const further = async () => {
      const from = sent;
      await eventually(() => expect(sent).toBeGreaterThan(from + 5), { timeoutMs: 20_000 });
    };
    const renewal = kafka.renewCertificate();
    await further();
    trust(old + renewal.certificate);
    await renewal.trust(tlsCaFile);
    await further();
    await renewal.show();
    const renewed = join(folder, 'renewed.pem');
    writeFileSync(renewed, renewal.certificate);
    // Each network thread of the broker changes at its own time.
    const shows = async () => {
      for (let connection = 0; connection < 20; connection += 1) expect(await accepts(renewed)).toBe(true);
    };
    await eventually(shows, { timeoutMs: 20_000 });
    expect(await accepts(kafka.caFile)).toBe(false);
    trust(renewal.certificate);
    await further();
    stop.abort();
    await sending;
    await admin.close();
    rmSync(folder, { recursive: true });
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
