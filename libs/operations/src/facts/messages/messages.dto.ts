import { z } from 'zod';

const sentExample = { retained: 4_711, compared: 4_711, repeated: 0, waiting: 2 };

export const messageReport = z
  .object({
    sent: z.object({
      retained: z.int().describe('rows in the outbox'),
      compared: z.int().describe('how many of them, the newest, were compared with the topics'),
      repeated: z.int().describe('messages that are in their topic more than once'),
      waiting: z.int().describe('rows that are not published yet'),
    }),
    received: z.int().describe('messages in the topics that this service handles'),
    problems: z.array(
      z.object({
        kind: z.enum(['lost', 'foreign', 'changed', 'out-of-order', 'gap', 'answers', 'unhandled']),
        id: z.string().describe('of the message, the aggregate or the step of a saga'),
        what: z.string(),
        place: z.object({ topic: z.string(), partition: z.int(), position: z.string() }).optional(),
      }),
    ),
    problemCount: z.int(),
  })
  .meta({ id: 'MessageReport', example: { sent: sentExample, received: 9_000, problems: [], problemCount: 0 } });

export const flowOfMessages = z
  .object({
    publishedSecondsAgo: z.number().optional().describe('all messages sent more than this many seconds ago are published'),
    problems: z.array(z.string()).readonly().describe('why messages are not published or not consumed'),
    waitedSeconds: z.number().describe('how long the oldest fetched message has waited to be handled'),
  })
  .meta({ id: 'MessageFlow', example: { publishedSecondsAgo: 2.4, problems: [], waitedSeconds: 0 } });
