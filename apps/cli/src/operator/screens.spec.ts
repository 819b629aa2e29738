import { expect, it } from 'vitest';
import { outboxScreen, relayScreen, relayTable } from './screens.js';

it.each([
  [1, '1 message'],
  [2, '2 messages'],
  [10_000, '10000 messages or more'],
])('counts a backlog of %d', (unpublished, words) => {
  const line = { service: 'order-service', database: 'ftgo_order', state: 'lagging', unpublished, lagBytes: 1_024 } as const;
  expect(relayTable([line])).toMatch(new RegExp(`ftgo_order +lagging +does not respond +${words} +1 kB`));
});

it('names the command that skips the message which a relay cannot publish', () => {
  const reason = 'message 019a1b2c-3d4e-7f50-8123-456789abcdef to ftgo.order.events: too large';
  const line = { service: 'order-service', database: 'ftgo_order', state: 'lagging', relay: 'refused', reason } as const;
  expect(relayScreen([line])).toMatch(
    /^next  if no service needs the message: npm run ftgo -- relay skip order-service 019a1b2c-3d4e-7f50-8123-456789abcdef --reason/m,
  );
});

it('shows a long reason of a relay, such as a statement that has to be run, in full below the table', () => {
  const reason = `the publication is missing; run: CREATE PUBLICATION ftgo_order_outbox FOR TABLE outbox WITH (publish = 'insert')`;
  const line = { service: 'order-service', database: 'ftgo_order', state: 'lagging', relay: 'misconfigured', reason } as const;
  expect(relayScreen([line]).split('\n')).toContain(`ftgo_order: ${reason}`);
});

it('shows what waits in an outbox, and who decided that a message is not published', () => {
  const at = new Date('2026-11-29T18:30:00Z');
  const waiting = {
    id: 'm1',
    topic: 'ftgo.order.events',
    key: '7',
    type: 'ftgo.order.v1.OrderCreated',
    source: '/order-service/orders/7',
    writtenAt: at,
    payloadBytes: 240,
  };
  const skipped = { id: 'm2', reason: 'too large', by: 'olga at 127.0.0.1', at };
  const value = { state: 'no relay', unpublished: 1, oldestAgeSeconds: 90, waiting: [waiting], skipped: [skipped] } as const;
  const screen = outboxScreen(
    [
      { service: 'order-service', value },
      { service: 'kitchen-service', unknown: 'it does not respond' },
    ],
    at,
  );
  expect(screen).toMatch(/^order-service +no relay +1 message, the oldest waiting for 90 s/m);
  expect(screen).toMatch(/^kitchen-service +unknown +it does not respond$/m);
  expect(screen).toMatch(/^order-service +m1 +OrderCreated +ftgo\.order\.events +7 +240 /m);
  expect(screen).toMatch(/^order-service +m2 +olga at 127\.0\.0\.1 .* too large$/m);
});
