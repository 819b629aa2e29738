// The process that owns the servers of a test run. It lives as long as the channel to its parent, so that nothing is left
// however the parent ends.
import { cleanUpKilledRuns } from '../owned-folder.js';
import { serve } from './http.js';
import { TestServers } from './servers.js';

const servers = new TestServers();

const routes: Record<string, () => Promise<unknown>> = {
  '/postgres/shared': () => servers.postgres(),
  '/kafka/shared': () => servers.kafka(),
  '/postgres/private': () => servers.startPostgres(),
  '/postgres/durable': () => servers.startPostgres(true),
  '/kafka/private': () => servers.startKafka(),
  '/kafka/secured': () => servers.startKafka({ isSecured: true }),
};

const { url, server } = await serve((path) => {
  const route = routes[path];
  if (route) return route();
  const [, id = '', action = ''] = path.split('/');
  const advertised = /^\/kafka\/private\/(\d+)$/.exec(path);
  if (advertised) return servers.startKafka({ advertisedPort: Number(advertised[1]) });
  return servers.act(id, action);
});

let isClosing = false;
const close = () => {
  if (isClosing) return;
  isClosing = true;
  server.close();
  // A system that several specs shared ended with their process, which did not delete its folder.
  Promise.all([servers.close(), cleanUpKilledRuns()]).then(
    () => process.exit(0),
    () => process.exit(1),
  );
};
process.on('disconnect', close);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {}); // the parent decides

process.send?.({ url });
await cleanUpKilledRuns();
