import { serve } from './keeper/http.js';
import { startKeeper } from './keeper/keeper.js';
import { keeperVariable } from './keeper/protocol.js';

/**
 * Vitest's global set-up. It starts nothing but a door: the first spec that asks for Postgres or Kafka makes them start,
 * once for the whole run, and a run without such a spec starts neither.
 */
export async function setup(): Promise<() => Promise<void>> {
  let keeper: ReturnType<typeof startKeeper> | undefined;
  const { url, server } = await serve(async () => {
    keeper ??= startKeeper();
    return { url: (await keeper).url };
  });
  server.unref();
  process.env[keeperVariable] = url;
  return async () => {
    server.close();
    await (await keeper)?.close();
  };
}
