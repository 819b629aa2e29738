import { ApiOperation, type OpenAPIObject } from '@nestjs/swagger';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Parameter = NonNullable<Operation['parameters']>[number];
type Schema = Exclude<NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string], { $ref: string }>;
type Content = NonNullable<Exclude<Operation['requestBody'], { $ref: string } | undefined>>['content'];

const methods = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** The summary of a route in the OpenAPI document, for a method whose name does not make a good one. */
export const Summary = (summary: string): MethodDecorator => ApiOperation({ summary });

/** Every operation of a document, with its path. */
export const operationsOf = (document: OpenAPIObject) =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method];
      return operation ? [{ path, method, operation }] : [];
    }),
  );

// Without examples, since Swagger UI would send them with every request.
const traceHeaders = {
  Traceparent: {
    name: 'traceparent',
    in: 'header',
    required: false,
    description: 'The trace to continue (W3C Trace Context); without it, or if it is malformed, a new trace begins',
    schema: { type: 'string', pattern: '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}' },
  },
  Tracestate: {
    name: 'tracestate',
    in: 'header',
    required: false,
    description: 'State of tracing systems, passed on with the trace; malformed members are dropped',
    schema: { type: 'string', pattern: '^[ -~\\t]*$' },
  },
  CorrelationId: {
    name: 'X-Correlation-Id',
    in: 'header',
    required: false,
    description: 'Correlation id of the messages that this request causes; without it, or if it is malformed, the id of the request',
    schema: { type: 'string', pattern: '^[\\w.:-]{1,100}$' },
  },
} as const;

const traceParameters = Object.keys(traceHeaders).map((name) => ({ $ref: `#/components/parameters/${name}` }));

/** Completes the operations of a document: summaries and tags in words, the headers that every request may have, examples. */
export function describeOperations(document: OpenAPIObject): void {
  const { schemas = {} } = (document.components = { ...document.components, parameters: traceHeaders });
  for (const schema of Object.values(schemas)) if (!('$ref' in schema)) listExample(schema);
  for (const { path, operation } of operationsOf(document)) {
    operation.summary ||= summaryOf(operation.operationId ?? '');
    operation.tags = [wordsOf(path.split('/')[1] ?? '')];
    operation.parameters = [...(operation.parameters ?? []).map(withExample), ...traceParameters];
    for (const content of contentsOf(operation)) showExamples(content, schemas);
  }
}

const contentsOf = ({ requestBody, responses }: Operation): Content[] =>
  [requestBody, ...Object.values(responses)].flatMap((body) => (body && 'content' in body && body.content ? [body.content] : []));

/** A parameter with the example of its schema. */
function withExample(parameter: Parameter): Parameter {
  if (!('schema' in parameter) || !parameter.schema || !('example' in parameter.schema)) return parameter;
  const { example, ...schema } = parameter.schema;
  return { ...parameter, example: example as unknown, schema };
}

/** `meta({ example })` of a schema in the form of OpenAPI 3.1. (zod drops `examples` of schemas that transform their input.) */
function listExample(schema: Schema): void {
  if (!('example' in schema)) return;
  schema.examples = [schema.example as unknown];
  delete schema.example;
}

/** Copies the example of a body's schema to where every tool expects it. */
function showExamples(content: Content, schemas: Record<string, object>): void {
  for (const media of Object.values(content)) {
    const { $ref } = media.schema as { $ref?: string };
    const { examples } = ($ref ? schemas[$ref.split('/').at(-1) as string] : media.schema) as { examples?: unknown[] };
    if (examples) media.example = examples[0];
  }
}

/** For OrderHttpController_createOrder: "Create an order". */
function summaryOf(operationId: string): string {
  const [verb, ...rest] = wordsOf(operationId.split('_').at(-1) ?? '').split(' ');
  const thing = rest.join(' ');
  if (thing === '' || thing.endsWith('s')) return [verb, ...rest].join(' ');
  return `${verb} ${/^[aeiou]/.test(thing) ? 'an' : 'a'} ${thing}`;
}

/** For gift-cards: "Gift cards"; for removeMenuItem: "Remove menu item". */
function wordsOf(name: string): string {
  const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
