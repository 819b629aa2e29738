import { channel } from 'node:diagnostics_channel';

/**
 * The steps of a message's path, announced where they happen. Telemetry listens here, and so do tests that
 * stop a process at an exact step; without a listener this costs one property read.
 */
export const diagnostics = {
  outboxCommitted: channel('messaging.outbox.committed'),
  relayPublished: channel('messaging.relay.published'),
  relayAcked: channel('messaging.relay.acked'),
  inboxHandled: channel('messaging.inbox.handled'),
  offsetCommitted: channel('messaging.consumer.offset-committed'),
};
