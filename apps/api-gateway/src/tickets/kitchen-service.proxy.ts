import { KitchenServiceApi } from '@ftgo/contracts/kitchen';
import { grpcProxy } from '@ftgo/rpc';

export class KitchenServiceProxy extends grpcProxy(KitchenServiceApi) {}
