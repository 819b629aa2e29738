import { OrderHistoryServiceApi } from '@ftgo/contracts/orderhistory';
import { grpcProxy } from '@ftgo/rpc';

export class OrderHistoryServiceProxy extends grpcProxy(OrderHistoryServiceApi) {}
