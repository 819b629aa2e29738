import { DescribedApi, type HttpAnswer, type OpenApiDocument } from '@ftgo/testing';
import { call, succeeded } from '../http.js';
import type { Operation } from './collection.js';

/** The operations that the apps describe. */
export class OpenApi {
  readonly operations: readonly Operation[];
  private readonly apis: Readonly<Record<string, DescribedApi>>;

  private constructor(documents: Readonly<Record<string, OpenApiDocument>>) {
    this.operations = Object.entries(documents).flatMap(([app, document]) => operationsOf(app, document));
    this.apis = Object.fromEntries(Object.entries(documents).map(([app, document]) => [app, new DescribedApi(document)]));
  }

  static async of(urls: Readonly<Record<string, string>>): Promise<OpenApi> {
    const documents = Object.entries(urls).map(async ([app, url]) => [
      app,
      await succeeded<OpenApiDocument>(call('GET', `${url}/openapi.json`)),
    ]);
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

  /** The errors of a request body; none if there is no body and none is documented. */
  wrongInBody(operation: Operation, body: unknown): string[] {
    return this.apis[operation.app]?.wrongInBody(operation, body) ?? ['is not documented'];
  }

  /** The errors of a response: its status, its media type, its body. */
  wrongInAnswer(operation: Operation, answer: HttpAnswer): string[] {
    return this.apis[operation.app]?.wrongInAnswer(operation, answer) ?? ['is not documented'];
  }
}

const operationsOf = (app: string, { paths }: OpenApiDocument): Operation[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [] }]) => {
      const names = (place: string) => parameters.filter((parameter) => parameter.in === place).map(({ name }) => name);
      return { app, method: method.toUpperCase(), path, queries: names('query'), headers: names('header') };
    }),
  );
