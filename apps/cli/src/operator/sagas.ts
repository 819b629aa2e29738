import { UserError } from '@ftgo/runner/errors';
import { type SagaDetails, type SagaFilter, SagaNotFound, SagaReader, type SagaSummary } from '@ftgo/sagas/operations';
import type { ObservedSystem, Reading } from './observed-system.js';
import type { ServiceAddress } from './target.js';
import { queryOf, type Wire, withDates } from './wire.js';

/** The command whose reply a saga waits for, if its outbox still contains it. */
export interface AwaitedReply {
  /** The last part of the type, `CreateTicket`. */
  readonly command: string;
  readonly from: string;
  readonly isPublished: boolean;
}

/** A saga, its service, and what it waits for. */
export interface SagaView extends Omit<SagaDetails, 'awaits'> {
  readonly service: string;
  readonly awaits?: AwaitedReply | undefined;
}

const mostSagas = 1_000;

/** The sagas of all services that orchestrate some, newest first. */
export async function sagas(system: ObservedSystem, filter: SagaFilter): Promise<SagaSummary[]> {
  const found = await listed(system, filter);
  if (found.length > 0 || filter.saga === undefined) return found;
  const names = new Set((await listed(system, { limit: mostSagas })).map(({ saga }) => saga));
  if (names.has(filter.saga)) return found;
  const known = names.size > 0 ? `expected one of ${[...names].toSorted().join(', ')}` : 'no saga has been started';
  throw new UserError(`no saga of type ${filter.saga}: ${known}`);
}

async function listed(system: ObservedSystem, filter: SagaFilter): Promise<SagaSummary[]> {
  const found = await Promise.all(owners(system).map((owner) => system.demandRead(owner, listing(filter))));
  return found.flatMap((summaries) => summaries ?? []);
}

/** A saga by its id. */
export async function saga(system: ObservedSystem, id: string): Promise<SagaView> {
  for (const owner of owners(system)) {
    const found = await viewOf(system, owner, id);
    if (found) return found;
  }
  throw new UserError(`saga ${id} not found: see npm run ftgo -- saga list`);
}

/** The sagas of an order, oldest first. */
export async function sagasOfOrder(system: ObservedSystem, orderId: number): Promise<SagaView[]> {
  const found = await Promise.all(
    owners(system).map(async (owner) => {
      const summaries = (await system.demandRead(owner, listing({ stateHas: { orderId } }))) ?? [];
      return Promise.all(summaries.toReversed().map(({ id }) => viewOf(system, owner, id)));
    }),
  );
  return found.flat().filter((view) => view !== undefined);
}

const owners = (system: ObservedSystem): ServiceAddress[] => system.owners.filter(({ ownsSagas }) => ownsSagas);

const listing = (filter: SagaFilter): Reading<{ readonly sagas: ReadonlyArray<Wire<SagaSummary>> }, SagaSummary[]> => ({
  path: `sagas?${queryOf({
    status: filter.status,
    saga: filter.saga,
    stuck: filter.needsOperator,
    stateHas: filter.stateHas && JSON.stringify(filter.stateHas),
    limit: filter.limit,
  })}`,
  fromBody: ({ sagas: found }) => found.map((summary) => withDates(summary, 'startedAt', 'stepSince', 'endedAt')),
  fromDatabase: (transactions) => new SagaReader(transactions).list(filter),
});

async function viewOf(system: ObservedSystem, owner: ServiceAddress, id: string): Promise<SagaView | undefined> {
  const details = await system.demandRead<Wire<SagaDetails>, SagaDetails>(owner, {
    path: `sagas/${encodeURIComponent(id)}`,
    fromBody: ({ history, ...body }) => ({
      ...withDates(body, 'startedAt', 'stepSince', 'endedAt', 'dueAt'),
      history: history.map((row) => withDates(row, 'at')),
    }),
    fromDatabase: (transactions) =>
      new SagaReader(transactions).show(id).catch((error: unknown) => {
        if (error instanceof SagaNotFound) return undefined;
        throw error;
      }),
  });
  return details && { ...details, service: owner.name, awaits: awaited(details) };
}

function awaited({ awaits }: SagaDetails): AwaitedReply | undefined {
  if (!awaits) return undefined;
  const { type, topic, isPublished } = awaits;
  return { command: shortType(type), from: `${topic.split('.')[1]}-service`, isPublished };
}

/** `ftgo.kitchen.v1.CreateTicket` → `CreateTicket` */
export const shortType = (type: string): string => type.split('.').at(-1) ?? type;

/** The order of a saga, from its state. */
export const orderOf = (state: unknown): number | undefined => (state as { readonly orderId?: number }).orderId;
