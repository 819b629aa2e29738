import { Ajv2020 } from 'ajv/dist/2020.js';

interface Described {
  readonly parameters?: ReadonlyArray<{ readonly in: string; readonly name: string; readonly schema?: { readonly type?: unknown } }>;
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, { readonly headers?: object }>>;
}

/** The part of `/openapi.json` that is read. */
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

/** A method, and a path in OpenAPI's form: `/orders/{orderId}`. */
export interface DescribedRoute {
  readonly method: string;
  readonly path: string;
}

/** A response as the client gets it. */
export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: unknown;
}

/** Headers that describe the message itself, not the operation. Those of CORS depend on the configuration. */
const ofHttp = new Set([
  'content-type',
  'content-length',
  'transfer-encoding',
  'date',
  'connection',
  'keep-alive',
  'content-encoding',
  'vary',
]);

/** Compares HTTP traffic with an application's `/openapi.json`. */
export class DescribedApi {
  // Removes OpenAPI's keywords around the schemas, which ajv does not know.
  private readonly ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false, allErrors: true });

  private readonly document: OpenApiDocument;

  constructor(document: OpenApiDocument) {
    this.document = inlined(document);
    this.ajv.addSchema(this.document, 'api');
  }

  describes(route: DescribedRoute): boolean {
    return this.operation(route) !== undefined;
  }

  /** Validates a request body; an absent body is valid if none is documented. */
  wrongInBody(route: DescribedRoute, body: unknown): string[] {
    if (this.operation(route)?.requestBody) return this.wrong([...pathOf(route), 'requestBody'], 'application/json', body);
    return body === undefined ? [] : ['has a body although none is documented'];
  }

  /** Validates the value of a parameter; digits are parsed as a number. */
  wrongInParameter(route: DescribedRoute, name: string, value: string): string[] {
    const { parameters = [] } = this.operation(route) ?? {};
    const index = parameters.findIndex((each) => each.name === name);
    const schema = [...pathOf(route), 'parameters', String(index), 'schema'];
    const isNumber = parameters[index]?.schema?.type === 'integer' && /^-?[0-9]+$/.test(value);
    return this.wrongBy(schema, isNumber ? Number(value) : value) ?? [`${name} is not documented`];
  }

  /** Validates a response: its status, its media type, its body. */
  wrongInAnswer(route: DescribedRoute, { status, contentType = '', body }: HttpAnswer): string[] {
    if (!this.operation(route)?.responses[status]) return [`${status} is not documented`];
    if (status === 204 || status === 304) return [];
    return this.wrong([...pathOf(route), 'responses', String(status)], contentType.split(';', 1)[0]!, body).map(
      (problem) => `${status} ${problem}`,
    );
  }

  /** The headers of a response that are not documented. */
  undescribedHeaders(route: DescribedRoute, status: number, names: readonly string[]): string[] {
    const { headers = {} } = this.operation(route)?.responses[status] ?? {};
    const described = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
    return names
      .filter((name) => !ofHttp.has(name) && !name.startsWith('access-control-') && !described.has(name))
      .map((name) => `${status} has the header ${name}, which is not documented`);
  }

  private operation({ method, path }: DescribedRoute): Described | undefined {
    return this.document.paths[path]?.[method.toLowerCase()];
  }

  private wrong(steps: readonly string[], contentType: string, body: unknown): string[] {
    return this.wrongBy([...steps, 'content', contentType, 'schema'], body) ?? [`is not documented as "${contentType}"`];
  }

  /** Undefined if it is not documented. */
  private wrongBy(steps: readonly string[], body: unknown): string[] | undefined {
    const validate = this.ajv.getSchema(`api#${steps.map(escaped).join('')}`);
    if (!validate) return undefined;
    if (validate(body) === true) return [];
    return (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
  }
}

const pathOf = ({ method, path }: DescribedRoute): string[] => ['paths', path, method.toLowerCase()];

const escaped = (step: string): string => `/${encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))}`;

/** A document with the parameters, headers and responses that it refers to in their places; schemas stay references. */
export function inlined<Part>(part: Part, document: object = part as object): Part {
  if (typeof part !== 'object' || part === null) return part;
  if (Array.isArray(part)) return part.map((each) => inlined<unknown>(each, document)) as Part;
  const { $ref } = part as { readonly $ref?: string };
  if ($ref === undefined)
    return Object.fromEntries(Object.entries(part).map(([name, each]) => [name, inlined<unknown>(each, document)])) as Part;
  if ($ref.startsWith('#/components/schemas/')) return part;
  const target = $ref
    .slice('#/'.length)
    .split('/')
    .reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], document);
  return inlined(target as Part, document);
}
