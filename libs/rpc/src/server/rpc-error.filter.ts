import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';
import { rpcStatusOf, toServiceError } from '../status/rpc-status.js';

/** Sends the error thrown by a controller as google.rpc.Status. */
@Catch()
export class RpcErrorFilter implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => toServiceError(rpcStatusOf(error)));
  }
}
