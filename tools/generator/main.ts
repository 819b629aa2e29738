// npm run ftgo -- new …: adds what the guides in docs/guides describe.
import { explain } from '@ftgo/runner/errors';
import { Command } from 'commander';
import { newService } from './new-service.js';

const sayGenerating = () => console.log('generating code and documents (about half a minute) …');

const program = new Command('ftgo new').description('adds a service to the repository');

program
  .command('service <NAME>')
  .description(
    'a service with a database, an aggregate and an event, and all that runs, tests and documents it; NAME is, for example, gift-card',
  )
  .action(async (name: string) => {
    const { service, port, path, files } = await newService(name, sayGenerating);
    const lines = [
      ...files.map((file) => `  ${file}`),
      '',
      `${service} is complete. Next:`,
      `  npm test -- apps/${service} libs/contracts tools/architecture tools/deployment tools/docs`,
      `  npm start, then: curl -s localhost:${port}/${path} -H 'content-type: application/json' -d '{"name":"First"}'`,
      '  docs/guides/add-a-service.md describes each part, and how to make it do something of its own.',
    ];
    console.log(lines.join('\n'));
  });

try {
  await program.parseAsync();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
