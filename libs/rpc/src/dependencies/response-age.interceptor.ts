import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Observable, tap } from 'rxjs';
import { responseAge } from '../client/response-age.js';

interface HeaderWriter {
  header(name: string, value: string): unknown;
}

/** Sends the age of an HTTP response that contains cached data, in seconds, as `Age` (RFC 9111). */
export class ResponseAgeInterceptor implements NestInterceptor {
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (execution.getType() !== 'http') return next.handle();
    const reply = execution.switchToHttp().getResponse<HeaderWriter>();
    return new Observable((subscriber) =>
      responseAge.observe((ageMs) => {
        const addAge = (): void => {
          const age = ageMs();
          if (age !== undefined) reply.header('age', String(Math.round(age / 1_000)));
        };
        return next.handle().pipe(tap(addAge)).subscribe(subscriber);
      }),
    );
  }
}
