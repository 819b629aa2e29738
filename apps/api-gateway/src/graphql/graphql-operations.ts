import {
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  parse,
  type Source,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import type { ServicesOfOrders } from '../orders/services-of-orders.js';
import type { ServiceIdentity } from '../service-identity.js';
import { limitsRule, queryLimits } from './limits.js';
import { loadersOf } from './loaders.js';
import type { RequestContext } from './nodes.js';
import type { Root } from './root.js';
import { schema } from './schema.js';

/** An operation as a client sends it. */
export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
}

/** What HTTP and WebSockets have in common: how an operation is read, checked and executed. */
export class GraphQLOperations {
  constructor(
    readonly root: Root,
    private readonly services: ServicesOfOrders,
    private readonly identity: ServiceIdentity,
    /** Whether clients may read the schema, as tools do. */
    readonly isOpen: boolean,
  ) {}

  /** Each request has its own loaders, so that it sees no data of another one. */
  contextOf(traceId: string): RequestContext {
    return { loaders: loadersOf(this.services, this.identity), traceId };
  }

  readonly parse = (source: string | Source): DocumentNode => parse(source, { maxTokens: queryLimits.tokens });

  rulesFor(variables: Record<string, unknown> | null | undefined): ValidationRule[] {
    return [...specifiedRules, limitsRule(variables), ...(this.isOpen ? [] : [NoSchemaIntrospectionCustomRule])];
  }

  /** The arguments of an execution, or why there is none. */
  prepare({ query, operationName, variables }: OperationRequest, traceId: string): ExecutionArgs | readonly GraphQLError[] {
    try {
      const document = this.parse(query);
      const errors = validate(schema, document, this.rulesFor(variables));
      if (errors.length > 0) return errors;
      const contextValue = this.contextOf(traceId);
      return { schema, document, operationName, variableValues: variables, rootValue: this.root, contextValue };
    } catch (error) {
      if (error instanceof GraphQLError) return [error];
      throw error;
    }
  }
}
