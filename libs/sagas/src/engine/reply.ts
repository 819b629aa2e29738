import { decodePayload, type IncomingMessage, isBelow, MessageRejected, type PayloadType } from '@ftgo/messaging';
import { sagaStepOf } from '../headers.js';

/**
 * Only the participant that received the command may reply: other services may send on the same channel, since they take part
 * in other steps.
 */
export function demandParticipant(owner: string | undefined, message: IncomingMessage<Buffer>): void {
  const { source } = message;
  if (owner === undefined || isBelow(owner, source)) return;
  throw new MessageRejected('source', `'${source}' is not ${owner}, which replies to "${sagaStepOf(message).sagaStep}"`);
}

/** Decodes a reply. Throws MessageRejected if it has another type. */
export function decodedReply<Payload>(type: PayloadType<Payload>, message: IncomingMessage<Buffer>): Payload {
  const { type: typeName, payload, contentType } = message;
  if (typeName !== type.typeName)
    throw new MessageRejected('reply', `a ${typeName} is not the reply to "${sagaStepOf(message).sagaStep}"; expected ${type.typeName}`);
  return decodePayload(type, payload, contentType);
}
