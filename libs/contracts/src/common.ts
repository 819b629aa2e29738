import { message } from './codec/message.js';
import type { PlainOf } from './codec/plain.js';
import { CommandRefusedSchema } from './gen/ftgo/common/v1/common_pb.js';

/** The body of every failure reply. */
export const CommandRefused = message(CommandRefusedSchema);
export type CommandRefused = PlainOf<typeof CommandRefusedSchema>;

export { allReplyChannels } from './channels.js';
export { InvalidPayload } from './codec/invalid-payload.js';
export { message } from './codec/message.js';
export type { PlainOf } from './codec/plain.js';
export { plainCodec } from './codec/plain-codec.js';
