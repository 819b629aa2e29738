import { type Command, Option } from 'commander';
import { type ActOptions, type Confirmable, confirm, noteOf, withAct, withConfirmation } from './acts.js';
import { type Ask, type Json, withJson } from './ask.js';
import { saga } from './sagas.js';
import { sagaScreen } from './screens.js';

interface SagaAct {
  readonly name: 'retry' | 'skip' | 'compensate';
  readonly does: string;
  /** Asked before an act that cannot be undone. */
  readonly question?: (step: string) => string;
}

const acts: readonly SagaAct[] = [
  { name: 'retry', does: 'sends the command of the current step again, or retries its local work' },
  {
    name: 'skip',
    does: 'continues as if the current step had succeeded',
    question: (step) => `The saga will continue as if "${step}" had succeeded. Skip it?`,
  },
  {
    name: 'compensate',
    does: 'undoes all steps so far; impossible after the pivot, and at a step that is never undone when in doubt',
    question: (step) => `All steps up to "${step}" will be undone. Compensate the saga?`,
  },
];

/** The acts on sagas. */
export function addSagaActs(sagas: Command, ask: Ask): void {
  for (const { name, does, question } of acts) {
    const command = withAct(withJson(sagas.command(`${name} <ID>`)));
    (question ? withConfirmation(command) : command)
      .description(does)
      .action((id: string, options: ActOptions & Confirmable & Json) => act(ask, { id, name, options, question }));
  }
  withConfirmation(withAct(withJson(sagas.command('resolve <ID>'))))
    .description('ends a saga as it is: the rest was done by hand')
    .addOption(new Option('--as <STATUS>', 'how it ended').choices(['COMPLETED', 'ROLLED_BACK']).makeOptionMandatory())
    .action((id: string, { as: status, ...options }: ActOptions & Confirmable & Json & { readonly as: string }) =>
      act(ask, { id, name: 'resolve', options, question: () => `The saga will end as ${status} and do nothing more. Resolve it?`, status }),
    );
}

interface Act {
  readonly id: string;
  readonly name: string;
  readonly options: ActOptions & Confirmable & Json;
  readonly question?: ((step: string) => string) | undefined;
  readonly status?: string;
}

const act = (ask: Ask, { id, name, options, question, status }: Act): Promise<void> =>
  ask(async (system) => {
    const before = await saga(system, id);
    if (question) await confirm(question(before.step), options);
    await system.act(system.owner(before.service), `sagas/${id}/${name}`, {
      ...noteOf(options),
      ...(status && { status }),
      ...(name === 'skip' && { step: before.step }),
    });
    const after = await saga(system, id);
    return { text: sagaScreen(after, new Date()), data: after };
  }, options);
