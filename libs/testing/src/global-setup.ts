import { whyNoKafka } from '@ftgo/runner/kafka';
import { noKafkaVariable } from './broker/no-kafka.js';
import { serve } from './keeper/http.js';
import { startKeeper } from './keeper/keeper.js';
import { keeperVariable } from './keeper/protocol.js';

/**
 * Vitest's global setup. It starts only a small process that waits for requests: the first spec that needs Postgres or Kafka
 * starts them, once for the whole run.
 */
export async function setup(): Promise<() => Promise<void>> {
  let keeper: ReturnType<typeof startKeeper> | undefined;
  const { url, server } = await serve(async () => {
    keeper ??= startKeeper();
    return { url: (await keeper).url };
  });
  server.unref();
  process.env[keeperVariable] = url;
  const missing = noKafka();
  if (missing) console.log(`${missing}: messages go through PostgreSQL, and specs about Kafka itself are skipped`);
  process.env[noKafkaVariable] = missing ?? '';
  return async () => {
    server.close();
    await (await keeper)?.close();
  };
}

/** Chooses the broker as npm start does. */
function noKafka(): string | undefined {
  const { FTGO_BROKER: chosen, FTGO_KAFKA_BROKERS: given, FTGO_E2E_TARGET: elsewhere } = process.env;
  if (chosen === 'postgres') return 'FTGO_BROKER=postgres';
  return chosen || given || elsewhere ? undefined : whyNoKafka();
}
