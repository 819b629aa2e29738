import { breaksIn, type Difference, type Reader, resolved } from './schemas.js';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: object;
}

interface Body {
  readonly required?: boolean;
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>;
  readonly headers?: Readonly<Record<string, object>>;
}

interface Operation {
  readonly parameters?: readonly object[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, object>>;
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** What breaks clients that were written for the released document. */
export function breaksInOpenApi(released: OpenApi, current: OpenApi): Difference[] {
  const comparison = new OpenApiComparison(released, current);
  return Object.entries(released.paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]) => {
      const at = `${method.toUpperCase()} ${path}`;
      const now = current.paths[path]?.[method];
      return now ? comparison.differences(operation, now, at) : [{ at, problem: 'the operation was removed' }];
    }),
  );
}

class OpenApiComparison {
  constructor(
    private readonly released: OpenApi,
    private readonly current: OpenApi,
  ) {}

  differences(released: Operation, current: Operation, at: string): Difference[] {
    return [
      ...this.parameters(released, current, at),
      ...this.requestBody(released, current, `${at} request`),
      ...this.responses(released, current, at),
    ];
  }

  private parameters(released: Operation, current: Operation, at: string): Difference[] {
    const before = (released.parameters ?? []).map((each) => resolved(this.released, each) as unknown as Parameter);
    const after = (current.parameters ?? []).map((each) => resolved(this.current, each) as unknown as Parameter);
    const find = (list: readonly Parameter[], { name, in: place }: Parameter) =>
      list.find((each) => each.name === name && each.in === place);
    const place = (each: Parameter) => `${at} ${each.in} parameter ${each.name}`;
    return [
      ...before.filter((each) => !find(after, each)).map((each) => ({ at: place(each), problem: 'the parameter was removed' })),
      ...after
        .filter((each) => each.required && !find(before, each)?.required)
        .map((each) => ({ at: place(each), problem: 'the parameter is now required' })),
      ...before.flatMap((each) => this.schemas(each.schema, find(after, each)?.schema, 'program', place(each))),
    ];
  }

  private requestBody(released: Operation, current: Operation, at: string): Difference[] {
    const [before, after] = [resolved(this.released, released.requestBody) as Body, resolved(this.current, current.requestBody) as Body];
    const demanded = after.required && released.requestBody !== undefined && !before.required;
    const isNew = after.required && released.requestBody === undefined;
    return [...(demanded || isNew ? [{ at, problem: 'the body is now required' }] : []), ...this.contents(before, after, 'program', at)];
  }

  private responses(released: Operation, current: Operation, at: string): Difference[] {
    return Object.entries(released.responses).flatMap(([status, response]) => {
      const place = `${at} response ${status}`;
      const [before, after] = [resolved(this.released, response) as Body, resolved(this.current, current.responses[status]) as Body];
      if (!(status in current.responses)) return status.startsWith('2') ? [{ at: place, problem: 'the response was removed' }] : [];
      const lost = Object.keys(before.headers ?? {}).filter((name) => !(name in (after.headers ?? {})));
      return [
        ...lost.map((name) => ({ at: place, problem: `the header ${name} was removed` })),
        ...this.contents(before, after, 'client', place),
      ];
    });
  }

  private contents(released: Body, current: Body, reader: Reader, at: string): Difference[] {
    return Object.entries(released.content ?? {}).flatMap(([type, { schema }]) => {
      const now = current.content?.[type];
      return now ? this.schemas(schema, now.schema, reader, `${at} ${type}`) : [{ at, problem: `the media type ${type} was removed` }];
    });
  }

  private schemas(released: object | undefined, current: object | undefined, reader: Reader, at: string): Difference[] {
    if (!released || !current) return [];
    return breaksIn({ document: this.released, schema: released }, { document: this.current, schema: current }, reader, at);
  }
}
