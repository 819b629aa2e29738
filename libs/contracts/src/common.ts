import { message } from './codec/message.js';
import type { PlainOf } from './codec/plain.js';
import { CommandRefusedSchema, type LineItemSchema, type ReasonSchema } from './gen/ftgo/common/v1/common_pb.js';

/** The body of every failure reply. */
export const CommandRefused = message(CommandRefusedSchema);
export type CommandRefused = PlainOf<typeof CommandRefusedSchema>;

export type LineItem = PlainOf<typeof LineItemSchema>;
export type Reason = PlainOf<typeof ReasonSchema>;

export { allReplyChannels, cancelOrderReplies, createOrderReplies, reviseOrderReplies } from './channels.js';
export { InvalidPayload } from './codec/invalid-payload.js';
export { message } from './codec/message.js';
export type { Plain, PlainOf } from './codec/plain.js';
export { type PlainCodec, plainCodec } from './codec/plain-codec.js';
