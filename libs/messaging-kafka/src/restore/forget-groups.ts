import { setTimeout as pause } from 'node:timers/promises';
import type { Admin } from 'kafkajs';

const lookAgainMs = 500;

/** Deletes the offsets of these groups. Throws if a group still has members. */
export async function forgetGroups(admin: Admin, isOurGroup: (group: string) => boolean, patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const { groups } = await admin.listGroups();
    const ours = groups.map(({ groupId }) => groupId).filter(isOurGroup);
    if (ours.length === 0) return;
    const described = await admin.describeGroups(ours);
    const busy = described.groups.filter(({ members }) => members.length > 0).map(({ groupId }) => groupId);
    if (busy.length === 0) return void (await admin.deleteGroups(ours));
    if (performance.now() > deadline)
      throw new Error(`cannot restore the topics: consumers are connected (groups ${busy.toSorted().join(', ')}); stop all services first`);
    await pause(lookAgainMs);
  }
}
