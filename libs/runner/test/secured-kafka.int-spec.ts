import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { noSecuredKafka, openBrokerAt, ownedFolder, type SecuredKafka, startSecuredKafka, uniqueName } from '@ftgo/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { installKafka, javaArgs } from '../src/kafka/installation.js';
import { findJava } from '../src/kafka/java.js';
import { kafkaProgram } from '../src/kafka/kafka.js';
import type { KafkaOptions } from '../src/kafka/kafka-program.js';
import { acceptsTls, answersMetadata } from '../src/kafka/probe.js';
import { adminSettings, securedIn } from '../src/kafka/security/secured-settings.js';
import { freePorts } from '../src/process/ports.js';
import { ProgramProcess } from '../src/process/program-process.js';

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

  it('withdraws permissions that are no longer granted', async () => {
    const topic = uniqueName('topic');
    const admin = await kafka.client();
    await admin.ensureTopics([{ topic, partitions: 1 }]);
    for (const user of ['former', 'current']) await kafka.rotatePassword(user, uniqueName('password'));
    const [former, current] = [await kafka.client('former'), await kafka.client('current')];
    await kafka.permitReading('former', topic);
    expect(await former.missingTopics([topic])).toEqual([]);
    await kafka.permitReading('current', topic);
    expect(await current.missingTopics([topic])).toEqual([]);
    await expect(former.missingTopics([topic])).rejects.toThrow('denies access to user former');
    await Promise.all([admin, former, current].map((client) => client.close()));
  });

  it('lets the administrator use Kafka’s own tools', async () => {
    const topic = uniqueName('topic');
    const admin = await kafka.client();
    await admin.ensureTopics([{ topic, partitions: 1 }]);
    await admin.close();
    const file = join(ownedFolder(), 'admin.properties');
    writeFileSync(file, adminSettings(securedIn(dirname(kafka.caFile))).join('\n'));
    const installation = await installKafka(findJava()!, () => undefined);
    const command = `kafka.admin.ConfigCommand --bootstrap-server ${kafka.brokers} --command-config ${file} --describe --topic ${topic}`;
    const { stdout } = await promisify(execFile)(installation.java.command, javaArgs(installation, command.split(' ')));
    expect(stdout).toContain(`configs for topic ${topic}`);
  });
});

it.skipIf(why)('secures a Kafka that was open to anyone, and keeps its data', async () => {
  const folder = ownedFolder();
  const securityFolder = join(folder, 'security');
  const [clientPort = 0, controllerPort = 0] = await freePorts(2);
  const brokers = `127.0.0.1:${clientPort}`;
  const node = { dataFolder: join(folder, 'kafka'), clientPort, controllerPort };
  const topic = uniqueName('topic');
  const running = async (options: KafkaOptions, work: () => Promise<void>) => {
    const files = { log: join(folder, 'kafka.log'), pid: join(folder, 'kafka.pid') };
    const process = new ProgramProcess(await kafkaProgram(options, () => undefined), files);
    await process.start();
    try {
      await work();
    } finally {
      await process.stop();
    }
  };
  await running(node, async () => {
    const client = openBrokerAt(brokers, 'stranger');
    await client.ensureTopics([{ topic, partitions: 1 }]);
    await client.close();
  });
  await running({ ...node, securityFolder }, async () => {
    expect(await answersMetadata('127.0.0.1', clientPort, 1_000)).toBe(false);
    const admin = openBrokerAt({ kind: 'kafka', brokers, securityFolder }, 'admin');
    const missing = await admin.missingTopics([topic]);
    await admin.close();
    expect(missing).toEqual([]);
  });
});
