import { z } from 'zod';

export const outboxExample = {
  state: 'lagging',
  checkpointAgeSeconds: 42.5,
  lagBytes: 16_384,
  unpublished: 1,
  oldestAgeSeconds: 41.2,
  waiting: [
    {
      id: '019a1b2c-3d4e-7f50-8123-456789abcdef',
      topic: 'ftgo.order.events',
      key: '1',
      type: 'ftgo.order.v1.OrderCreated',
      source: '/order-service/orders',
      writtenAt: '2026-01-31T18:30:00.000Z',
      payloadBytes: 240,
    },
  ],
  skipped: [
    {
      id: '019a1b2c-3d4e-7f50-8123-456789abcdee',
      reason: 'too large for Kafka, and sent again in parts',
      by: 'olga at 127.0.0.1',
      at: '2026-01-31T18:00:00.000Z',
    },
  ],
};

/** How far an outbox is published. */
export const outboxBody = z
  .object({
    state: z
      .enum(['publishing', 'lagging', 'no relay', 'never read'])
      .describe('publishing, or why not: a relay has stored no progress for 5 s, no relay reads the database, or none ever has'),
    checkpointAgeSeconds: z
      .number()
      .optional()
      .describe('time since the relay last stored its progress; one or two seconds while it works'),
    lagBytes: z.number().optional().describe('write-ahead log that the relay has not acknowledged'),
    unpublished: z
      .int()
      .optional()
      .describe(
        'messages not known to be published, at most 10000; absent in state publishing, when they are only those of the last few seconds',
      ),
    oldestAgeSeconds: z.number().optional().describe('age of the oldest of them'),
    waiting: z
      .array(
        z.object({
          id: z.string(),
          topic: z.string(),
          key: z.string(),
          type: z.string(),
          source: z.string(),
          writtenAt: z.iso.datetime(),
          payloadBytes: z.int(),
        }),
      )
      .describe('the first ten of them in the order in which they are published'),
    skipped: z
      .array(
        z.object({
          id: z.string(),
          topic: z.string().optional().describe('absent if an operator skipped it'),
          reason: z.string(),
          by: z
            .string()
            .describe(
              'the operator: with security on, the caller; otherwise a name and an address. "relay" for a message that the relay rejected',
            ),
          at: z.iso.datetime(),
        }),
      )
      .describe('the newest hundred messages that an operator skipped or the relay rejected'),
  })
  .meta({ id: 'Outbox', example: outboxExample });

export const republishResponse = z
  .object({ republished: z.array(z.string()).describe('ids of the messages that are in the outbox again') })
  .meta({ id: 'RepublishedMessages', example: { republished: ['019a1b2c-3d4e-7f50-8123-456789abcdef'] } });
