import { OutboxReader } from '@ftgo/messaging/operations';
import type { RelayStatus } from '@ftgo/outbox-relay';
import type { ObservedSystem } from './observed-system.js';
import type { ServiceAddress } from './target.js';

/** How far the messages of one database are published. */
export interface RelayLine {
  readonly service: string;
  readonly database: string;
  /** `publishing` also while it is another instance that leads. */
  readonly state: 'publishing' | 'behind' | 'nobody reads' | 'never read' | 'unknown';
  /** How the relay that was asked sees itself; undefined when it does not answer. */
  readonly relay?: string | undefined;
  /** What the relay or the database says about it. */
  readonly reason?: string | undefined;
  /** Since it was last stored that all before is published. */
  readonly checkpointAgeSeconds?: number | undefined;
  /** Not known to be published; counted only while something is wrong. */
  readonly unpublished?: number | undefined;
  readonly lagBytes?: number | undefined;
}

/** A checkpoint is stored about every second while the relay goes on. */
const behindAfterSeconds = 5;

/** The relay as itself and the databases see it. */
export async function relayLines(system: ObservedSystem): Promise<RelayLine[]> {
  const told = await system.get<readonly RelayStatus[]>('outbox-relay', '/relay');
  const statuses = new Map((told.value ?? []).map((status) => [status.database, status]));
  return Promise.all(system.owners.map((service) => lineOf(system, service, statuses.get(service.database?.name ?? ''), told.unknown)));
}

async function lineOf(
  system: ObservedSystem,
  service: ServiceAddress,
  status: RelayStatus | undefined,
  silence: string | undefined,
): Promise<RelayLine> {
  const base = { service: service.name, database: service.database?.name ?? '', relay: status?.state };
  const said = status?.reason ?? silence;
  const asked = await system.ask(service, (transactions) => new OutboxReader(transactions).progress());
  if (asked.unknown !== undefined) return { ...base, state: 'unknown', reason: asked.unknown };
  const progress = asked.value;
  if (!progress) return { ...base, state: 'never read', reason: said };
  const { isRead, checkpointAgeSeconds, lagBytes } = progress;
  const measured = { checkpointAgeSeconds, lagBytes };
  if (isRead && checkpointAgeSeconds <= behindAfterSeconds) return { ...base, state: 'publishing', ...measured };
  const counted = await system.ask(service, (transactions) => new OutboxReader(transactions).unpublished());
  return { ...base, state: isRead ? 'behind' : 'nobody reads', reason: said, ...measured, unpublished: counted.value };
}
