import { DomainError } from '@ftgo/kernel';
import {
  type ASTVisitor,
  type FieldNode,
  GraphQLError,
  type GraphQLObjectType,
  getNamedType,
  isObjectType,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
  valueFromASTUntyped,
} from 'graphql';

/** What a query may ask for at most. */
export const queryLimits = { depth: 8, aliases: 20, cost: 5_000, tokens: 2_000 } as const;

/** The query is well formed, but asks for too much at once. */
export class QueryTooLarge extends DomainError {
  constructor(problem: string) {
    super('QUERY_TOO_LARGE', 'invalid', `${problem}; request less in one operation`);
  }
}

type Variables = Readonly<Record<string, unknown>> | undefined | null;

interface Measured {
  depth: number;
  aliases: number;
  cost: number;
}

/**
 * Limits what an operation costs before it is executed: the depth, the number of aliases, and the number of fields in the
 * result, in which a list counts as many times as `first` says.
 */
export const limitsRule =
  (variables: Variables) =>
  (context: ValidationContext): ASTVisitor => ({
    OperationDefinition(operation) {
      const type = context.getSchema().getRootType(operation.operation);
      if (!type) return;
      const measured: Measured = { depth: 0, aliases: 0, cost: 0 };
      new Measuring(context, variables, measured).selections(operation.selectionSet, type, 1, 1);
      for (const limit of ['depth', 'aliases', 'cost'] as const) {
        if (measured[limit] <= queryLimits[limit]) continue;
        const problem = `the ${limit === 'aliases' ? 'number of aliases' : limit} of the operation exceeds ${queryLimits[limit]}`;
        context.reportError(new GraphQLError(problem, { nodes: operation, originalError: new QueryTooLarge(problem) }));
      }
    },
  });

class Measuring {
  constructor(
    private readonly context: ValidationContext,
    private readonly variables: Variables,
    private readonly measured: Measured,
  ) {}

  /** Stops beyond a limit: fragments in fragments may multiply without end. */
  selections({ selections }: SelectionSetNode, type: GraphQLObjectType, depth: number, times: number): void {
    const { measured, context } = this;
    measured.depth = Math.max(measured.depth, depth);
    for (const selection of selections) {
      if (measured.depth > queryLimits.depth || measured.cost > queryLimits.cost) return;
      if (selection.kind === Kind.FIELD) this.field(selection, type, depth, times);
      else if (selection.kind === Kind.INLINE_FRAGMENT) this.selections(selection.selectionSet, type, depth, times);
      else {
        const fragment = context.getFragment(selection.name.value);
        measured.cost += 1;
        if (fragment) this.selections(fragment.selectionSet, type, depth, times);
      }
    }
  }

  private field(field: FieldNode, parent: GraphQLObjectType, depth: number, times: number): void {
    if (field.alias) this.measured.aliases += 1;
    this.measured.cost += times;
    const definition = parent.getFields()[field.name.value];
    if (!definition || !field.selectionSet) return;
    const type = getNamedType(definition.type);
    const given = this.pageSize(field) ?? definition.args.find(({ name }) => name === 'first')?.defaultValue;
    const inside = times * (typeof given === 'number' ? Math.max(1, given) : 1);
    if (isObjectType(type)) this.selections(field.selectionSet, type, depth + 1, inside);
  }

  private pageSize({ arguments: given }: FieldNode): unknown {
    const first = given?.find(({ name }) => name.value === 'first');
    return first && valueFromASTUntyped(first.value, this.variables);
  }
}
