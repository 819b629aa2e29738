import {
  type DeadLetter,
  type DeadLetterFilter,
  DeadLetterReader,
  type DeadLetterWithPayload,
  deadLetterSubject,
  type OperatorAction,
  OperatorActions,
} from '@ftgo/messaging/operations';
import { UserError } from '@ftgo/runner/errors';
import type { ObservedSystem } from './observed-system.js';
import type { ServiceAddress } from './target.js';

/** A dead letter and the service that stores it. */
export type StoredDeadLetter<Message extends DeadLetter = DeadLetter> = Message & {
  readonly service: string;
  /** The id that `dead-letters show` takes. */
  readonly ref: string;
};

export interface DeadLetterList {
  readonly messages: readonly StoredDeadLetter[];
  /** Errors of the databases that could not be queried. */
  readonly unknown: readonly string[];
}

/** The dead letters of these services, oldest first within each. */
export async function deadLettersOf(
  system: ObservedSystem,
  services: readonly ServiceAddress[],
  filter: DeadLetterFilter = {},
): Promise<DeadLetterList> {
  const asked = await Promise.all(
    services.map(async (service) => {
      const { value = [], unknown } = await system.ask(service, (transactions) => new DeadLetterReader(transactions).list(filter));
      return { messages: value.map((message) => storedBy(service.name, message)), unknown };
    }),
  );
  return {
    messages: asked.flatMap(({ messages }) => messages),
    unknown: asked.flatMap(({ unknown }) => unknown ?? []),
  };
}

/** The service and the number in an id of `dead-letters list`, such as `kitchen-service/3`. Throws if there is no such service. */
export function placeOf(system: ObservedSystem, ref: string): { readonly service: ServiceAddress; readonly id: string } {
  const [name = '', id = '', ...rest] = ref.split('/');
  if (!/^\d+$/.test(id) || rest.length > 0) {
    throw new UserError(
      `invalid dead letter '${ref}': expected SERVICE/NUMBER as dead-letters list shows it, for example kitchen-service/3`,
    );
  }
  return { service: system.owner(name), id };
}

/** A dead letter with what operators did about it, newest first. */
export type DeadLetterView = StoredDeadLetter<DeadLetterWithPayload> & { readonly actions: readonly OperatorAction[] };

/** A dead letter by its id in `dead-letters list`, such as `kitchen-service/3`. */
export async function deadLetterOf(system: ObservedSystem, ref: string): Promise<DeadLetterView> {
  const { service, id } = placeOf(system, ref);
  const { name } = service;
  const found = await system.demand(service, (transactions) => new DeadLetterReader(transactions).find(id));
  if (!found) throw new UserError(`dead letter ${id} of ${name} not found: see npm run ftgo -- dead-letters list --service ${name}`);
  const subject = deadLetterSubject(id);
  const actions = await system.demand(service, (transactions) => new OperatorActions(transactions).list({ subject }));
  return { ...storedBy(name, found), actions };
}

const storedBy = <Message extends DeadLetter>(service: string, message: Message): StoredDeadLetter<Message> => ({
  ...message,
  service,
  ref: `${service}/${message.id}`,
});
