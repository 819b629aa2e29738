import { RestaurantServiceApi } from '@ftgo/contracts/restaurant';
import { grpcProxy } from '@ftgo/rpc';

export class RestaurantServiceProxy extends grpcProxy(RestaurantServiceApi) {}
