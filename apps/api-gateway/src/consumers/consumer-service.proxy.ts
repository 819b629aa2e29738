import { ConsumerServiceApi } from '@ftgo/contracts/consumer';
import { grpcProxy } from '@ftgo/rpc';

export class ConsumerServiceProxy extends grpcProxy(ConsumerServiceApi) {}
