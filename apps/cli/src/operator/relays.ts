import { OutboxReader } from '@ftgo/messaging/operations';
import type { RelayStatus } from '@ftgo/outbox-relay';
import type { ObservedSystem } from './observed-system.js';
import type { ServiceAddress } from './target.js';

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

/** A working relay stores a checkpoint about every second. */
const laggingAfterSeconds = 5;

/** The relay's progress, as seen by the relay and by the databases. */
export async function relayLines(system: ObservedSystem): Promise<RelayLine[]> {
  const reported = await system.get<readonly RelayStatus[]>('outbox-relay', '/relay');
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
  const asked = await system.ask(service, (transactions) => new OutboxReader(transactions).progress());
  if (asked.unknown !== undefined) return { ...base, state: 'unknown', reason: asked.unknown };
  const progress = asked.value;
  if (!progress) return { ...base, state: 'never read', reason };
  const { isRead, checkpointAgeSeconds, lagBytes } = progress;
  const measured = { checkpointAgeSeconds, lagBytes };
  if (isRead && checkpointAgeSeconds <= laggingAfterSeconds) return { ...base, state: 'publishing', ...measured };
  const counted = await system.ask(service, (transactions) => new OutboxReader(transactions).unpublished());
  return { ...base, state: isRead ? 'lagging' : 'no relay', reason, ...measured, unpublished: counted.value };
}
