import { OrderServiceApi } from '@ftgo/contracts/order';
import { grpcProxy } from '@ftgo/rpc';

export class OrderServiceProxy extends grpcProxy(OrderServiceApi) {}
