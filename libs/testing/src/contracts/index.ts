export { declaredCommands, jsonOf } from './declared.js';
export { fromProtobuf, isSameInProtobuf } from './in-protobuf.js';
export { repliesOf, replyRecord } from './records.js';
export { type SentMessage, ServiceUnderContract } from './service-under-contract.js';
export { verifyProvider } from './verify-provider.js';
export { verifySubscriber } from './verify-subscriber.js';
