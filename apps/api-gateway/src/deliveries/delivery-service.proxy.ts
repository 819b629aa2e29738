import { DeliveryServiceApi } from '@ftgo/contracts/delivery';
import { grpcProxy } from '@ftgo/rpc';

export class DeliveryServiceProxy extends grpcProxy(DeliveryServiceApi) {}
