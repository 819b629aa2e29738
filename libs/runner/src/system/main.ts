// npm start: everything, until Ctrl-C.
import { Command } from 'commander';
import { config } from '../config.js';
import { explain } from '../user-error.js';
import { serveControl } from './control-server.js';
import { deleteData } from './delete-data.js';
import { placeDemoOrder } from './demo.js';
import { endpointTable } from './endpoint-table.js';
import { System } from './system.js';

const command = new Command('npm start')
  .description('starts FTGO: PostgreSQL, the message broker and every service, until Ctrl-C')
  .option('--no-demo', 'place no demo order')
  .parse();
const { demo } = command.opts<{ demo: boolean }>();

// Whoever reads our output may be gone (a closed terminal, a pipe): that must not end us before we have ended the rest.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

let isStopping = false;

/** Once we stop, what was begun before has nothing more to say. */
const report = (line: string) => {
  if (!isStopping) console.log(line);
};
const system = new System(report);

/** A test's system whose test is gone: nobody will come for its data. */
let isAbandoned = false;

/** Resolves when somebody asks us to end: Ctrl-C comes from the terminal and, again, from npm. */
const asked = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  if (config.stopsWithStdin)
    process.stdin.resume().once('close', () => {
      isAbandoned = true;
      resolve();
    });
});

/** Rejects on an error that nobody expected: even then nothing is left behind. */
const bug = new Promise<never>((_, reject) => {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, reject);
});
bug.catch(() => {});

async function run(): Promise<void> {
  await system.start();
  report(`\n${endpointTable(system.endpoints(), system.describe())}`);
  const page = system.endpoints().find(({ name, http }) => name === 'order-service' && http);
  if (page) report(`API documentation: ${page.http}/swagger-ui/index.html, and likewise on the others`);
  if (demo) await placeDemoOrder(system.endpoints(), report).catch((error: Error) => report(`the demo order failed: ${error.message}`));
  report('\nFTGO is running. Ctrl-C stops it; in another terminal: npm run ftgo -- ps');
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
