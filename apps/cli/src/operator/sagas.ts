import { OutboxReader } from '@ftgo/messaging/operations';
import { UserError } from '@ftgo/runner/errors';
import { type SagaDetails, type SagaFilter, SagaNotFound, SagaReader, type SagaSummary } from '@ftgo/sagas/operations';
import type { ObservedSystem } from './observed-system.js';
import type { ServiceAddress } from './target.js';

/** The command whose reply a saga waits for, if its outbox still contains it. */
export interface AwaitedReply {
  /** The last part of the type, `CreateTicket`. */
  readonly command: string;
  readonly from: string;
  readonly isPublished: boolean;
}

/** A saga, its service, and what it waits for. */
export interface SagaView extends SagaDetails {
  readonly service: string;
  readonly awaits?: AwaitedReply | undefined;
}

/** The sagas of all services that orchestrate some, newest first. */
export async function sagas(system: ObservedSystem, filter: SagaFilter): Promise<SagaSummary[]> {
  const asked = <Value>(question: (reader: SagaReader) => Promise<Value[]>): Promise<Value[][]> =>
    Promise.all(owners(system).map((owner) => system.demand(owner, (transactions) => question(new SagaReader(transactions)))));
  const found = (await asked((reader) => reader.list(filter))).flat();
  if (found.length > 0 || filter.saga === undefined) return found;
  const names = (await asked((reader) => reader.names())).flat();
  if (names.includes(filter.saga)) return found;
  throw new UserError(`no saga of type ${filter.saga}: expected one of ${names.join(', ') || 'none'}`);
}

/** A saga by its id. */
export async function saga(system: ObservedSystem, id: string): Promise<SagaView> {
  for (const owner of owners(system)) {
    const found = await viewOf(system, owner, id).catch((error: unknown) => {
      if (error instanceof SagaNotFound) return undefined;
      throw error;
    });
    if (found) return found;
  }
  throw new UserError(`saga ${id} not found: see npm run ftgo -- saga list`);
}

/** The sagas of an order, oldest first. */
export async function sagasOfOrder(system: ObservedSystem, orderId: number): Promise<SagaView[]> {
  const found = await Promise.all(
    owners(system).map(async (owner) => {
      const summaries = await system.demand(owner, (transactions) => new SagaReader(transactions).list({ stateHas: { orderId } }));
      return Promise.all(summaries.toReversed().map(({ id }) => viewOf(system, owner, id)));
    }),
  );
  return found.flat();
}

const owners = (system: ObservedSystem): ServiceAddress[] => system.owners.filter(({ ownsSagas }) => ownsSagas);

const viewOf = (system: ObservedSystem, owner: ServiceAddress, id: string): Promise<SagaView> =>
  system.demand(owner, async (transactions) => {
    const details = await new SagaReader(transactions).show(id);
    return { ...details, service: owner.name, awaits: await awaited(details, new OutboxReader(transactions)) };
  });

/** The last command of the current step; undefined for a local step. */
async function awaited({ endedAt, step, history }: SagaDetails, outbox: OutboxReader): Promise<AwaitedReply | undefined> {
  const sent = history.findLast((row) => row.step === step && (row.event === 'sent' || row.event === 'sent-again'));
  if (endedAt || !sent?.messageId) return undefined;
  const message = await outbox.find(sent.messageId, sent.at);
  if (!message) return undefined;
  return { command: shortType(message.type), from: `${message.topic.split('.')[1]}-service`, isPublished: message.isPublished };
}

/** `ftgo.kitchen.v1.CreateTicket` → `CreateTicket` */
export const shortType = (type: string): string => type.split('.').at(-1) ?? type;

/** The order of a saga, from its state. */
export const orderOf = (state: unknown): number | undefined => (state as { readonly orderId?: number }).orderId;
