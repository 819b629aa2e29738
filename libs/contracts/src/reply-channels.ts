import { type ReplyChannel, replyChannel } from '@ftgo/messaging';

export const createOrderReplies = replyChannel('ftgo.order.create-order-saga.replies');
export const cancelOrderReplies = replyChannel('ftgo.order.cancel-order-saga.replies');
export const reviseOrderReplies = replyChannel('ftgo.order.revise-order-saga.replies');

/** Where answers may be sent: a participant knows these channels, not whose they are. */
export const allReplyChannels: readonly ReplyChannel[] = [createOrderReplies, cancelOrderReplies, reviseOrderReplies];
