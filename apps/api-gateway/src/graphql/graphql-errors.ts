import { DomainError } from '@ftgo/kernel';
import { problemOf } from '@ftgo/platform';
import { Logger } from '@nestjs/common';
import { GraphQLError } from 'graphql';

/** The document is not valid GraphQL, or does not fit the schema. */
export class InvalidQuery extends DomainError {
  constructor(problem: string) {
    super('INVALID_QUERY', 'invalid', problem);
  }
}

const log = new Logger('GraphQL');

/** An error as clients get it: with the code, the status and the fields that it has over REST. */
export function shownError(error: Readonly<GraphQLError | Error>, traceId: string): GraphQLError {
  const cause = error instanceof GraphQLError ? (error.originalError ?? new InvalidQuery(error.message)) : error;
  const { status, code, title, detail, errors } = problemOf(cause);
  if (status >= 500) log[status === 503 ? 'warn' : 'error']({ err: cause, code, traceId }, 'field failed');
  const { nodes, source, positions, path } = error instanceof GraphQLError ? error : ({} as Partial<GraphQLError>);
  return new GraphQLError(detail ?? title, { nodes, source, positions, path, extensions: { code, status, traceId, errors } });
}
