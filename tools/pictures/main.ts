// npm run pictures: runs the system as a reader of the README would, and draws the result.
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlClient, deleteData, Home } from '@ftgo/runner/system';
import { repository } from '@ftgo/runner/workspace';
import { sequenceOfOneOrder, urlOf } from './one-order.js';
import { Recording } from './recording.js';
import { terminalPicture } from './terminal.js';

const home = new Home(mkdtempSync(join(tmpdir(), 'ftgo-pictures-')));
const order = {
  consumerId: 1,
  restaurantId: 1,
  deliveryTime: '2030-01-01T19:00:00',
  deliveryAddress: { street1: '9 Amazing View', city: 'Oakland', state: 'CA', zip: '94612' },
  lineItems: [{ menuItemId: '1', quantity: 5 }],
};
// npm would show the command that each script runs.
const env = { ...process.env, FTGO_HOME: home.folder, NPM_CONFIG_LOGLEVEL: 'silent', ORDER: JSON.stringify(order) };
const options = { cwd: repository, env, reject: false } as const;

const start = new Recording(options);
const { promise: isRunning, resolve: ready, reject: failed } = Promise.withResolvers<void>();
const system = start.run('npm start', (line) => line.includes('FTGO is running') && ready());
system.then(() => failed(new Error(`npm start ended:\n${start.lines.map(({ text }) => text).join('\n')}`)), failed);
try {
  await isRunning;
  save('start.svg', terminalPicture('npm start', start.lines));
  const description = await new ControlClient(home).describe();
  await recordKill(urlOf(description, 'api-gateway'));
  await drawOneOrder(await sequenceOfOneOrder(description, order));
} finally {
  await stop();
}

/** Kills a service that the next order needs. */
async function recordKill(gateway: string): Promise<void> {
  const at = new URL(gateway).host;
  const kill = new Recording(options);
  await kill.run('npm run ftgo -- kill kitchen-service');
  await kill.type(`curl -s ${at}/orders -H 'content-type: application/json' -d "$ORDER"`);
  await kill.type('npm run ftgo -- order show 2 | tail -n 2');
  await kill.type(`until curl -s ${at}/orders/2 | grep '"state":"APPROVED"'; do sleep 1; done`);
  await kill.type('npm run ftgo -- ps | grep -E "name|kitchen"');
  save('kill.svg', terminalPicture('a second terminal', kill.lines));
}

async function drawOneOrder(lines: readonly string[]): Promise<void> {
  const file = join(repository, 'README.md');
  const readme = readFileSync(file, 'utf8');
  const block = /(?<=<!-- one order[^>]*-->\n\n).*?(?=\n\n<!-- \/one order -->)/s;
  if (!block.test(readme)) throw new Error('cannot draw the order: add <!-- one order --> and <!-- /one order --> to README.md');
  writeFileSync(
    file,
    readme.replace(block, () => lines.join('\n')),
  );
}

function save(file: string, picture: string): void {
  writeFileSync(join(repository, 'docs', 'pictures', file), picture);
  console.log(`docs/pictures/${file}: ${Math.ceil(picture.length / 1_000)} kB`);
}

async function stop(): Promise<void> {
  if (existsSync(home.supervisorPid)) {
    const { pid } = JSON.parse(readFileSync(home.supervisorPid, 'utf8')) as { pid: number };
    process.kill(pid, 'SIGINT');
  }
  await system.catch(() => undefined);
  await deleteData(home);
}
