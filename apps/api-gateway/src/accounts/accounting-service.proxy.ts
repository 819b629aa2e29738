import { AccountingServiceApi } from '@ftgo/contracts/accounting';
import { grpcProxy } from '@ftgo/rpc';

export class AccountingServiceProxy extends grpcProxy(AccountingServiceApi) {}
