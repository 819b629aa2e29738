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
import type { ObservedSystem, Reading } from './observed-system.js';
import type { ServiceAddress } from './target.js';
import { queryOf, type Wire, withDates } from './wire.js';

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
      const { value = [], unknown } = await system.read(service, listing(filter));
      return { messages: value.map((message) => storedBy(service.name, message)), unknown };
    }),
  );
  return {
    messages: asked.flatMap(({ messages }) => messages),
    unknown: asked.flatMap(({ unknown }) => unknown ?? []),
  };
}

const listing = (filter: DeadLetterFilter): Reading<{ readonly deadLetters: ReadonlyArray<Wire<DeadLetter>> }, DeadLetter[]> => ({
  path: `dead-letters?${queryOf({ status: filter.statuses?.[0], ...aboutOf(filter) })}`,
  fromBody: ({ deadLetters }) => deadLetters.map(letterOf),
  fromDatabase: (transactions) => new DeadLetterReader(transactions).list(filter),
});

const aboutOf = ({ about }: DeadLetterFilter) =>
  about && {
    header: Object.entries(about.headers).flatMap(([name, values]) => values.map((value) => `${name}:${value}`)),
    key: about.key,
    topic: about.topics,
  };

const letterOf = <Letter extends Wire<DeadLetter>>(body: Letter) => withDates(body, 'storedAt', 'dueAt');

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

type Shown = DeadLetterWithPayload & { readonly actions: readonly OperatorAction[] };

/** A dead letter with what operators did about it, newest first. */
export type DeadLetterView = StoredDeadLetter<Shown>;

/** A dead letter by its id in `dead-letters list`, such as `kitchen-service/3`. */
export async function deadLetterOf(system: ObservedSystem, ref: string): Promise<DeadLetterView> {
  const { service, id } = placeOf(system, ref);
  const { name } = service;
  const found = await system.demandRead(service, showing(id));
  if (!found) throw new UserError(`dead letter ${id} of ${name} not found: see npm run ftgo -- dead-letters list --service ${name}`);
  return storedBy(name, found);
}

const showing = (id: string): Reading<Wire<Shown>, Shown> => ({
  path: `dead-letters/${id}`,
  fromBody: ({ payload, actions, ...letter }) => ({
    ...letterOf(letter),
    payload: Buffer.from(payload, 'base64'),
    actions: actions.map((action) => withDates(action, 'at')),
  }),
  fromDatabase: async (transactions) => {
    const found = await new DeadLetterReader(transactions).find(id);
    return found && { ...found, actions: await new OperatorActions(transactions).list({ subject: deadLetterSubject(id) }) };
  },
});

const storedBy = <Message extends DeadLetter>(service: string, message: Message): StoredDeadLetter<Message> => ({
  ...message,
  service,
  ref: `${service}/${message.id}`,
});
