import { OutboxReader, type OutboxState } from '@ftgo/messaging/operations';
import type { RelayStatus } from '@ftgo/outbox-relay';
import type { ObservedSystem, Part, Reading } from './observed-system.js';
import type { ServiceAddress } from './target.js';
import { type Wire, withDates } from './wire.js';
import { command } from './words.js';

/** How far the outbox of one database is published. */
export interface RelayLine {
  readonly service: string;
  readonly database: string;
  /** Also `publishing` while another relay instance leads. */
  readonly state: 'publishing' | 'lagging' | 'no relay' | 'never read' | 'unknown';
  /** The state that the queried relay reports; undefined if it does not respond. */
  readonly relay?: string | undefined;
  /** The reason that the relay or the database reports. */
  readonly reason?: string | undefined;
  /** Time since the relay last stored its checkpoint. */
  readonly checkpointAgeSeconds?: number | undefined;
  /** Messages not known to be published; counted only if something is wrong. */
  readonly unpublished?: number | undefined;
  readonly lagBytes?: number | undefined;
}

/** The relay's progress, as seen by the relay and by the services. */
export async function relayLines(system: ObservedSystem): Promise<RelayLine[]> {
  const reported = await system.getOperations<readonly RelayStatus[]>('outbox-relay', 'relay');
  const statuses = new Map((reported.value ?? []).map((status) => [status.database, status]));
  return Promise.all(system.owners.map((service) => lineOf(system, service, statuses.get(service.database?.name ?? ''), reported.unknown)));
}

async function lineOf(
  system: ObservedSystem,
  service: ServiceAddress,
  status: RelayStatus | undefined,
  silence: string | undefined,
): Promise<RelayLine> {
  const base = { service: service.name, database: service.database?.name ?? '', relay: status?.state };
  const reason = status?.reason ?? silence;
  const { value, unknown } = await system.read(service, outboxOf);
  if (!value) return { ...base, state: 'unknown', reason: unknown };
  const { state, checkpointAgeSeconds, lagBytes, unpublished } = value;
  return { ...base, state, ...(state !== 'publishing' && { reason }), checkpointAgeSeconds, lagBytes, unpublished };
}

/** The outbox of a service, as far as it could be read. */
export type ServiceOutbox = { readonly service: string } & Part<OutboxState | undefined>;

/** Reads the outbox of a service. */
export const outboxOf: Reading<Wire<OutboxState>, OutboxState> = {
  path: 'outbox',
  fromBody: ({ waiting, skipped, ...state }) => ({
    ...state,
    waiting: waiting.map((message) => withDates(message, 'writtenAt')),
    skipped: skipped.map((message) => withDates(message, 'at')),
  }),
  fromDatabase: (transactions) => new OutboxReader(transactions).state(),
};

/** The command that skips a message which the broker permanently rejects; undefined if there is none. */
export function skipOf({ service, relay, reason = '' }: RelayLine): string | undefined {
  const [, id] = /^message ([0-9a-f-]{36}) /.exec(reason) ?? [];
  return relay === 'refused' && id ? command(`relay skip ${service} ${id} --reason '…'`) : undefined;
}
