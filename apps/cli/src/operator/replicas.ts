import { setTimeout as pause } from 'node:timers/promises';
import type { OperatorAction } from '@ftgo/messaging/operations';
import { UserError } from '@ftgo/runner/errors';
import type { ObservedSystem, Part } from './observed-system.js';
import type { ServiceAddress } from './target.js';
import { type Wire, withDates } from './wire.js';

/** Data that a service derives from events. */
export interface ReplicaView {
  readonly name: string;
  readonly state: 'ready' | 'rebuilding' | 'failed';
  readonly gaps: number;
  readonly progress?: { readonly handled: number; readonly skipped: number; readonly detail?: string } | undefined;
  readonly rebuiltAt?: Date | undefined;
  /** Newest first. */
  readonly actions: readonly OperatorAction[];
}

/** The replicas of a service, as far as it responds. */
export type ReplicasOf = { readonly service: string } & Part<readonly ReplicaView[]>;

export async function replicasOf(system: ObservedSystem, { name }: ServiceAddress): Promise<ReplicasOf> {
  const { value, unknown } = await system.getOperations<{ readonly replicas: ReadonlyArray<Wire<ReplicaView>> }>(name, 'replicas');
  if (unknown !== undefined) return { service: name, unknown };
  return { service: name, value: (value?.replicas ?? []).map(viewOf) };
}

const viewOf = (body: Wire<ReplicaView>): ReplicaView => ({
  ...withDates(body, 'rebuiltAt'),
  actions: body.actions.map((action) => withDates(action, 'at')),
});

const pollMs = 500;

/** Follows a rebuild that the service runs in the background, until it has ended. */
export async function followRebuild(
  system: ObservedSystem,
  service: ServiceAddress,
  { replica, onProgress }: { readonly replica: string; readonly onProgress: (view: ReplicaView) => void },
): Promise<ReplicaView> {
  for (;;) {
    const { value, unknown } = await replicasOf(system, service);
    const view = value?.find(({ name }) => name === replica);
    if (!view)
      throw new UserError(
        `cannot follow the rebuild: ${unknown ?? `${service.name} has no replica ${replica}`}; see npm run ftgo -- replica list`,
      );
    if (view.state === 'failed') throw new UserError(`the rebuild failed: ${view.actions[0]?.reason ?? 'its process has ended'}`);
    if (view.state === 'ready') return view;
    onProgress(view);
    await pause(pollMs);
  }
}
