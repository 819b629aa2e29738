import pg from 'pg';
import { endWaitsAt } from './eventually.js';

/** The part of pg's Query that receives the result of a statement; its type declarations omit it. */
interface Query {
  readonly text: string;
  handleError: (this: Query, error: Error & { readonly code?: string }, connection: unknown) => void;
}

/**
 * Postgres: syntax errors and unknown names, such as a missing column, which neither other data nor another attempt can change.
 * Not missing privileges: specs check for them.
 */
const isInvalid = /^42(?!501)/;

/**
 * From now on, the first invalid statement of this process ends every wait: a handler that fails is retried and dead-lettered,
 * and a request is answered by 500, so a spec would wait until the time limit. Returns a function that ends this.
 */
export function endWaitsAtInvalidStatement(): () => void {
  // pg has no event for failed statements.
  const query = pg.Query.prototype as unknown as Query;
  const { handleError } = query;
  let first: string | undefined;
  query.handleError = function (error, connection) {
    if (isInvalid.test(error.code ?? ''))
      first ??= `invalid statement: ${error.message} (${error.code}): ${this.text.replaceAll(/\s+/g, ' ').trim()}`;
    handleError.call(this, error, connection);
  };
  const noLonger = endWaitsAt(() => first);
  return () => {
    query.handleError = handleError;
    noLonger();
  };
}
