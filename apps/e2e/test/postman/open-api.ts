import { Ajv2020 } from 'ajv/dist/2020.js';
import { call, succeeded } from '../http.js';
import type { Operation } from './collection.js';

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

interface Described {
  readonly parameters?: ReadonlyArray<{ readonly in: string; readonly name: string }>;
  readonly requestBody?: object;
}

/** What the apps say that they can be asked for. */
export class OpenApi {
  readonly operations: readonly Operation[];
  // The keywords of OpenAPI around the schemas are not ajv's business.
  private readonly ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false, allErrors: true });

  private constructor(private readonly documents: Readonly<Record<string, Document>>) {
    this.operations = Object.entries(documents).flatMap(([app, document]) => operationsOf(app, document));
    for (const [app, document] of Object.entries(documents)) this.ajv.addSchema(document, app);
  }

  static async of(urls: Readonly<Record<string, string>>): Promise<OpenApi> {
    const documents = Object.entries(urls).map(async ([app, url]) => [app, await succeeded<Document>(call('GET', `${url}/openapi.json`))]);
    return new OpenApi(Object.fromEntries(await Promise.all(documents)));
  }

  describes({ app, method, path, queries, headers }: Operation): boolean {
    const described = this.operations.find((one) => one.app === app && one.method === method && one.path === path);
    return (
      described !== undefined &&
      queries.every((name) => described.queries.includes(name)) &&
      headers.every((name) => described.headers.includes(name))
    );
  }

  /** What is wrong with a body that is sent; nothing for none where none is asked for. */
  wrongInBody(operation: Operation, body: unknown): string[] {
    const isAskedFor = this.documents[operation.app]?.paths[operation.path]?.[operation.method.toLowerCase()]?.requestBody !== undefined;
    if (!isAskedFor) return body === undefined ? [] : ['has a body that nobody asks for'];
    return this.wrong(operation, ['requestBody'], body);
  }

  /** What is wrong with the body of a 200. */
  wrongInAnswer(operation: Operation, body: unknown): string[] {
    return this.wrong(operation, ['responses', '200'], body);
  }

  private wrong({ app, method, path }: Operation, part: readonly string[], body: unknown): string[] {
    const steps = ['paths', path, method.toLowerCase(), ...part, 'content', 'application/json', 'schema'];
    const pointer = steps.map((step) => `/${encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');
    const validate = this.ajv.getSchema(`${app}#${pointer}`);
    if (!validate) return ['is not described'];
    if (validate(body) === true) return [];
    return (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
  }
}

const operationsOf = (app: string, { paths }: Document): Operation[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [] }]) => {
      const names = (place: string) => parameters.filter((parameter) => parameter.in === place).map(({ name }) => name);
      return { app, method: method.toUpperCase(), path, queries: names('query'), headers: names('header') };
    }),
  );
