// npm run ftgo -- new …: adds what the guides in docs/guides describe.
import { explain } from '@ftgo/runner/errors';
import { withUsageErrors } from '@ftgo/runner/usage';
import { Command } from 'commander';
import { newEvent } from './new-event.js';
import { newSagaStep, type SagaStep } from './new-saga-step.js';
import { newService } from './new-service.js';

const sayGenerating = () => console.log('generating code and documents (about half a minute) …');

const program = withUsageErrors(new Command('ftgo new'), 'npm run ftgo -- new').description(
  'adds a service, an event or a step of a saga to the repository',
);

program
  .command('service <NAME>')
  .description(
    'adds a service with a database, an aggregate and an event, its tests, deployment and documents; NAME is, for example, gift-card',
  )
  .action(async (name: string) => {
    const { service, port, path, files } = await newService(name, sayGenerating);
    const lines = [
      ...files.map((file) => `  ${file}`),
      '',
      `${service} is complete. Next:`,
      `  npm test -- apps/${service} libs/contracts tools/architecture tools/deployment tools/docs`,
      `  npm start, then: curl -s localhost:${port}/${path} -H 'content-type: application/json' -d '{"name":"First"}'`,
      '  docs/guides/add-a-service.md describes each part, and how to extend it.',
    ];
    console.log(lines.join('\n'));
  });

program
  .command('event <SERVICE> <NAME> [FIELD:TYPE...]')
  .description('adds an event that SERVICE publishes, for example: event kitchen TicketReopened restaurant_id:int64 reason:string?')
  .action(async (owner: string, given: string, fields: string[]) => {
    const { name, service, contract, files } = await newEvent(owner, given, fields, sayGenerating);
    const lines = [
      ...files.map((file) => `  ${file}`),
      '',
      `${name} is declared. Next:`,
      `  publish it from ${service}: occurred(${name}, { … })`,
      `  handle it in a service that lists "${contract}" in its package.json: @HandlesEvent(${name})`,
      '  docs/guides/add-an-event-version.md describes the order in which to deploy the services.',
    ];
    console.log(lines.join('\n'));
  });

program
  .command('saga-step <SAGA> <STEP>')
  .description('adds a step with a command to SAGA, for example: saga-step create-order "count order" --before "confirm ticket" …')
  .requiredOption('--before <STEP>', 'the step that follows')
  .requiredOption('--command <NAME>', 'the name of the command, such as CountOrder')
  .requiredOption('--to <SERVICE>', 'the service that carries it out')
  .requiredOption(
    '--ids <NAME...>',
    "the ids from the saga's state that the command carries, such as consumerId orderId; the first is its key",
  )
  .action(async (saga: string, step: string, options: Omit<SagaStep, 'saga' | 'step'>) => {
    const files = await newSagaStep({ ...options, saga, step }, sayGenerating);
    const lines = [
      ...files.map((file) => `  ${file}`),
      '',
      `${saga} has the step '${step}'. Next, as described in docs/guides/add-a-saga-step.md:`,
      `  write what ${options.command} does in ${options.to.replace(/-service$/, '')}-service, and in which state its example is verified`,
      '  add a compensation with .undo() if the step comes before the pivot',
      '  update the specs of the saga, which state which command follows which reply',
    ];
    console.log(lines.join('\n'));
  });

try {
  await program.parseAsync();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
