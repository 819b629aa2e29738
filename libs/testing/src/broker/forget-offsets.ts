import { Admin } from '@platformatic/kafka';
import { eventually } from '../eventually.js';

/** Deletes the committed offsets of a group without members, which then reads its topics again from the first record. */
export async function forgetOffsets(brokers: string, group: string): Promise<void> {
  const admin = new Admin({ clientId: 'offsets', bootstrapBrokers: brokers.split(','), retries: 20, retryDelay: 100 });
  try {
    // A member that was killed stays in the group until its session times out.
    await eventually(() => admin.deleteGroups({ groups: [group] }), { intervalMs: 200 });
  } finally {
    await admin.close();
  }
}
