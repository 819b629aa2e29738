import type { IncomingMessage } from 'node:http';
import { isFromForeignOrigin, isLoopback } from '@ftgo/platform';
import { type Principal, principalId } from '@ftgo/security/tokens';
import { z } from 'zod';
import { HttpProblem } from './problem.js';

/** The part of the relay that skips messages. */
export interface Skipping {
  skip(database: string, skip: { messageId: string; reason: string; by: string }): Promise<boolean>;
}

const maxBodyBytes = 10_000;
const maxText = 1_000;
const skipRequest = z.object({
  database: z.string().min(1).max(maxText),
  id: z.uuid(),
  reason: z.string().min(1).max(maxText),
  by: z.string().min(1).max(maxText),
});
/** `/relay/skip` accepts what its clients send: without a name. */
const namelessSkipRequest = skipRequest.extend({ by: skipRequest.shape.by.default('operator') });

export interface SkipOptions {
  readonly relay: Skipping;
  /** Whether operators may act from other machines. */
  readonly isOpen: boolean;
  /** Recorded instead of the name that was sent; undefined while security is off. */
  readonly caller?: Principal | undefined;
  /** Whether the operator's name is required. */
  readonly needsName: boolean;
}

/** Skips a message for an operator, and records the reason and the operator. */
export async function skip({ relay, isOpen, caller, needsName }: SkipOptions, request: IncomingMessage): Promise<{ skipped: string }> {
  if (isFromForeignOrigin(request.headers))
    throw new HttpProblem(403, 'FOREIGN_ORIGIN', 'requests from other web pages are not allowed; use a program such as curl');
  if (!isOpen && !isLoopback(request.socket.remoteAddress))
    throw new HttpProblem(
      403,
      'OPERATIONS_CLOSED',
      'operators may act only from the machine that runs the relay; set FTGO_OPERATIONS_OPEN=true if no one else can reach its port',
    );
  const { database, id, reason, by } = requested(needsName ? skipRequest : namelessSkipRequest, await bodyOf(request));
  const operator = caller ? principalId(caller) : `${by} at ${request.socket.remoteAddress ?? 'unknown address'}`;
  const skipped = await relay.skip(database, { messageId: id, reason, by: operator }).catch((error: unknown) => {
    throw Object.assign(
      new HttpProblem(503, 'DEPENDENCY_UNAVAILABLE', `cannot store the skip: ${reasonOf(error)}`, { 'retry-after': '1' }),
      {
        cause: error,
      },
    );
  });
  if (!skipped) throw new HttpProblem(404, 'DATABASE_NOT_RELAYED', `this relay does not read database ${database}`);
  return { skipped: id };
}

function requested(schema: typeof skipRequest | typeof namelessSkipRequest, body: unknown): z.output<typeof skipRequest> {
  const { data, error } = schema.safeParse(body);
  if (data) return data;
  throw new HttpProblem(400, 'VALIDATION_FAILED', error.issues.map(({ path, message }) => `/${path.join('/')}: ${message}`).join('; '));
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json') throw new HttpProblem(415, 'UNSUPPORTED_MEDIA_TYPE', 'the body must be application/json');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    if ((bytes += chunk.length) > maxBodyBytes)
      throw new HttpProblem(413, 'BODY_TOO_LARGE', `the body is larger than ${maxBodyBytes} bytes`);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))) as unknown;
  } catch {
    throw new HttpProblem(400, 'MALFORMED_REQUEST', 'the body is not valid JSON in UTF-8');
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
