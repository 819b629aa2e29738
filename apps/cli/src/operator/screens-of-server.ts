import type { DatabaseSession, ReplicationSlot } from './server.js';
import { brief, span, table } from './words.js';

/** What `database sessions` prints. */
export const sessionTable = (sessions: readonly DatabaseSession[]): string =>
  table(
    ['pid', 'database', 'role', 'address', 'application', 'state', 'waits for', 'open', 'has written', 'query'],
    sessions.map(({ pid, database, role, address, application, state, wait, blockedBy, openSeconds, hasWritten, query }) => [
      pid,
      database,
      role,
      address ?? '',
      brief(application, 30),
      state,
      blockedBy.length > 0 ? `${wait} of ${blockedBy.join(', ')}` : (wait ?? ''),
      openSeconds === undefined ? '' : span(openSeconds * 1_000),
      hasWritten ? 'yes' : '',
      brief(query, 80),
    ]),
    'no sessions',
  );

/** What `database slots` prints. */
export const slotTable = (slots: readonly ReplicationSlot[]): string =>
  table(
    ['slot', 'database', 'read by', 'log', 'keeps'],
    slots.map(({ name, database, pid, logStatus, keptBytes }) => [
      name,
      database ?? '',
      pid ?? 'no one',
      logStatus ?? '',
      keptBytes === undefined ? '' : `${Math.ceil(keptBytes / 1024 ** 2)} MB`,
    ]),
    'no slots',
  );
