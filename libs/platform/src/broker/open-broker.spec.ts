import { afterEach, describe, expect, it, vi } from 'vitest';
import { openBroker } from './open-broker.js';

const postgres = { broker: 'postgres', brokerUrl: 'postgres://a:b@127.0.0.1:9/ftgo_broker' } as const;
const kafka = { kafkaBrokers: ['127.0.0.1:9'] };

/** Returns what is logged when the broker is opened; a broker connects on first use. */
async function opened(config: Parameters<typeof openBroker>[0]): Promise<{ system: string; logged: string[] }> {
  const logged: string[] = [];
  const broker = await openBroker(config, 'spec', (name) => ({ warn: (_, message) => logged.push(`${name}: ${message}`) }));
  await broker.close();
  return { system: broker.features.system, logged };
}

describe('openBroker', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('opens Kafka unless the configuration names PostgreSQL', async () => {
    expect(await opened(kafka)).toEqual({ system: 'kafka', logged: [] });
    expect(await opened({ ...kafka, broker: 'kafka' })).toEqual({ system: 'kafka', logged: [] });
    expect(await opened(postgres)).toEqual({ system: 'postgresql', logged: [] });
  });

  it.each(['NODE_ENV', 'FTGO_ENV'])('accepts PostgreSQL with %s=production and logs a warning', async (variable) => {
    vi.stubEnv(variable, 'production');
    expect(await opened(kafka)).toEqual({ system: 'kafka', logged: [] });
    expect(await opened(postgres)).toEqual({
      system: 'postgresql',
      logged: [
        expect.stringMatching(/^PostgreSQL: messages go through PostgreSQL, which is meant for development and small installations/),
      ],
    });
  });

  it('warns of what kafkajs lacks when it is chosen', async () => {
    expect((await opened({ ...kafka, kafkaClient: 'kafkajs' })).logged).toEqual([
      expect.stringMatching(/^Kafka: Kafka is used through kafkajs, which lacks: topic ids/),
    ]);
  });
});
