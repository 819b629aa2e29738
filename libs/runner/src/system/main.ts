// npm start: runs everything until Ctrl-C.
import { Command, InvalidArgumentError, Option } from 'commander';
import { config } from '../config.js';
import { type RegistryKind, registryKinds } from '../registries/index.js';
import { withUsageErrors } from '../usage.js';
import { explain } from '../user-error.js';
import { serveControl } from './control-server.js';
import { deleteData } from './delete-data.js';
import { placeDemoOrder } from './demo.js';
import { endpointTable } from './endpoint-table.js';
import { System } from './system.js';

/** order-service=2 */
function countInstances(text: string, known: Record<string, number>): Record<string, number> {
  const [, name = '', count = ''] = /^([\w-]+)=([1-9]\d?)$/.exec(text) ?? [];
  if (!name) throw new InvalidArgumentError('Expected a service and a number, such as order-service=2');
  return { ...known, [name]: Number(count) };
}

const command = withUsageErrors(new Command('npm start'), 'npm start --')
  .description('starts FTGO: PostgreSQL, the message broker and every service, until Ctrl-C')
  .option('--no-demo', 'do not place a demo order')
  .addOption(new Option('--discovery <registry>', 'start a registry, through which the services find each other').choices(registryKinds))
  .option('--secure', 'require access tokens and start an issuer for them; secure Kafka and the routes of operators', config.isSecure)
  .option('--instances <service=number>', 'run several instances of a service', countInstances, {})
  .parse();
const { demo, discovery, instances, secure } = command.opts<{
  demo: boolean;
  discovery?: RegistryKind;
  instances: Record<string, number>;
  secure: boolean;
}>();

// The reader of our output may disappear (a closed terminal, a pipe); everything must still be stopped in order.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

let isStopping = false;

/** Discards the output of unfinished starts once we stop. */
const report = (line: string) => {
  if (!isStopping) console.log(line);
};
const system = new System(report, { registry: discovery, instances, isSecure: secure });

/** A test's system whose test has exited: its data is no longer needed. */
let isAbandoned = false;

/** Resolves when asked to stop: Ctrl-C arrives from the terminal and, again, from npm. */
const asked = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  if (config.stopsWithStdin)
    process.stdin.resume().once('close', () => {
      isAbandoned = true;
      resolve();
    });
});

/** Rejects on an unexpected error, so that even then nothing is left running. */
const bug = new Promise<never>((_, reject) => {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, reject);
});
bug.catch(() => {});

async function run(): Promise<void> {
  await system.start();
  report(`\n${endpointTable(system.endpoints(), system.describe())}`);
  const { security } = system.describe();
  const page = system.endpoints().find(({ name, http }) => name === 'order-service' && http);
  if (page && !security) report(`API documentation: ${page.http}/swagger-ui/index.html, and at the same path of the other services`);
  if (security) report(`\nsecurity is on: requests need access tokens from ${security.issuer}`);
  if (security?.own) report(`Sign in as ada, ajanta, carl or olga, with the password in ${system.home.accountsPassword}`);
  if (demo)
    await placeDemoOrder(system.endpoints(), report, security).catch((error: Error) => report(`demo order failed: ${error.message}`));
  report('\nFTGO is running. Press Ctrl-C to stop it; in another terminal: npm run ftgo -- ps');
}

let exitCode = 0;
try {
  await Promise.race([prepareControl().then(run), asked, system.supervisor.givenUp, bug]);
  await Promise.race([asked, system.supervisor.givenUp, bug]);
  report('\nstopping …');
} catch (error) {
  console.error(explain(error));
  exitCode = 1;
}
isStopping = true;
await system.stop();
if (isAbandoned) await deleteData(system.home);
if (exitCode === 0) console.log('stopped');
process.exit(exitCode);

async function prepareControl(): Promise<void> {
  await system.takeHome();
  await serveControl(system);
}
