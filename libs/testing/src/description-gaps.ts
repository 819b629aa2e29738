import { DescribedApi, inlined, type OpenApiDocument } from './described-api.js';

interface Content {
  readonly [mediaType: string]: { readonly example?: unknown };
}

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly example?: string | number | boolean;
}

interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content?: Content };
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly description?: string;
        readonly headers?: Readonly<Record<string, { readonly description?: string }>>;
        readonly content?: Content;
      }
    >
  >;
}

/** The parts of `/openapi.json` that only people read. */
export interface DocumentForReaders extends OpenApiDocument {
  readonly info: { readonly version?: string };
  readonly servers?: readonly object[];
}

const inWords = /^[A-Z][a-z]+( [a-z]+)*$/;

/** What an OpenAPI document lacks for its readers: servers, summaries, tags, descriptions, examples; and invalid examples. */
export function gapsIn(document: DocumentForReaders): string[] {
  const api = new DescribedApi(document);
  const gaps = Object.entries(inlined(document.paths, document)).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) =>
      gapsInOperation(api, { path, method }, operation as Operation).map((gap) => `${method.toUpperCase()} ${path}: ${gap}`),
    ),
  );
  return [
    ...(/^\d+\.\d+\.\d+/.test(document.info.version ?? '') ? [] : ['the document has no version']),
    ...(document.servers?.length ? [] : ['the document has no servers']),
    ...gaps,
  ];
}

type Route = Parameters<DescribedApi['describes']>[0];

function gapsInOperation(api: DescribedApi, route: Route, operation: Operation): string[] {
  const { summary = '', tags = [], parameters = [], responses } = operation;
  return [
    ...(/^[A-Z].* /.test(summary) ? [] : ['has no summary in words']),
    ...(tags.length > 0 && tags.every((tag) => inWords.test(tag)) ? [] : ['has no tag in words']),
    ...parameters.flatMap((parameter) => gapsInParameter(api, route, parameter)),
    ...gapsInRequest(api, route, operation),
    ...Object.entries(responses).flatMap((response) => gapsInResponse(api, route, response)),
  ];
}

function gapsInParameter(api: DescribedApi, route: Route, { in: place, name, required, description, example }: Parameter): string[] {
  if (place === 'header' && !description) return [`header ${name} has no description`];
  if (example === undefined) return required ? [`${name} has no example`] : [];
  return api.wrongInParameter(route, name, String(example)).map((problem) => `the example of ${name} is invalid: ${problem}`);
}

function gapsInRequest(api: DescribedApi, route: Route, { requestBody }: Operation): string[] {
  return Object.values(requestBody?.content ?? {}).flatMap(({ example }) =>
    example === undefined
      ? ['the request has no example']
      : api.wrongInBody(route, example).map((problem) => `the example of the request is invalid: ${problem}`),
  );
}

function gapsInResponse(
  api: DescribedApi,
  route: Route,
  [status, { description, headers = {}, content = {} }]: [string, Operation['responses'][string]],
): string[] {
  return [
    ...(description ? [] : [`response ${status} has no description`]),
    ...Object.entries(headers).flatMap(([name, header]) =>
      header.description ? [] : [`header ${name} of response ${status} has no description`],
    ),
    ...(Object.keys(content).length > 0 || ['204', '304'].includes(status) ? [] : [`response ${status} has no body`]),
    ...Object.entries(content).flatMap(([contentType, { example }]) =>
      example === undefined
        ? [`response ${status} has no example`]
        : api
            .wrongInAnswer(route, { status: Number(status), contentType, body: example })
            .map((problem) => `the example of response ${status} is invalid: ${problem}`),
    ),
  ];
}
