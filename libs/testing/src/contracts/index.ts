export { bytesOf, declaredCommands, declaredEvents, jsonOf } from './declared.js';
export { commandRecord, type ExampleRecord, eventRecord, repliesOf, replyRecord } from './records.js';
export { type CommonConfig, type SentMessage, ServiceUnderContract, type ServiceUnderContractOptions } from './service-under-contract.js';
export { type ProviderPromises, verifyProvider } from './verify-provider.js';
export { type Effect, verifySubscriber } from './verify-subscriber.js';
