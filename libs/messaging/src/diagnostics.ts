import { channel } from 'node:diagnostics_channel';

/**
 * The steps of a message's path, published where they happen, for telemetry and for tests that stop a process at an exact step.
 * Without a subscriber this costs one property read.
 */
export const diagnostics = {
  outboxCommitted: channel('messaging.outbox.committed'),
  relayPublished: channel('messaging.relay.published'),
  relayAcked: channel('messaging.relay.acked'),
  inboxHandled: channel('messaging.inbox.handled'),
  offsetCommitted: channel('messaging.consumer.offset-committed'),
};
