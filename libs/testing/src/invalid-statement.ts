import pg from 'pg';
import { endWaitsAt } from './eventually.js';

/** The part of pg's Query that receives the result of a statement; its type declarations omit it. */
interface Query {
  readonly text: string;
  handleError: (this: Query, error: Error & { readonly code?: string }, connection: unknown) => void;
}

/**
 * Postgres: syntax errors and unknown names, such as a missing column, which fail with any data and on every attempt. Missing
 * privileges are excluded, because specs check for them.
 */
const isInvalid = /^42(?!501)/;

/**
 * Ends every wait of this process at the first invalid statement. Without it, a spec would wait until the time limit, since a
 * failing handler is retried and dead-lettered, and a request gets 500. Returns a function that reverts this.
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
