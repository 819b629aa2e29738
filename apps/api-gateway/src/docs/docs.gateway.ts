import { globSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pageHeaders } from '@ftgo/platform';
import type { OnModuleInit } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';

const root = new URL('../../../../', import.meta.url);
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.proto': 'text/plain; charset=utf-8',
  '.graphql': 'text/plain; charset=utf-8',
};

const config = { access: ['operator'] } as const;

/** `/docs`: the definitions of all APIs, as pages and as files. They are part of the release, so no service is asked. */
export class DocsGateway implements OnModuleInit {
  constructor(
    private readonly adapter: HttpAdapterHost,
    /** Whether clients may read the schema of GraphQL. */
    private readonly isSchemaOpen: boolean,
  ) {}

  onModuleInit(): void {
    const server = this.adapter.httpAdapter.getInstance<FastifyInstance>();
    for (const [path, file] of this.files()) {
      const type = types[extname(file)] ?? 'application/octet-stream';
      server.get(`/docs${path}`, { config }, (_request, reply) => {
        if (extname(file) === '.html') pageHeaders(reply);
        return reply.type(type).send(readFileSync(new URL(file, root)));
      });
    }
  }

  /** Paths below `/docs`, with the file of each. */
  private files(): Array<[string, string]> {
    const pages = filesIn('definitions/pages', '*.{html,js}').map((file): [string, string] => [`/${file.split('/').at(-1)}`, file]);
    const definitions = [...filesIn('definitions', '*.json'), ...filesIn('definitions', '{openapi,asyncapi}/*.json')];
    return [
      ['', 'definitions/pages/index.html'],
      ...pages,
      ['/openapi.json', 'definitions/openapi/api-gateway.json'],
      ...definitions.map((file): [string, string] => [file.slice('definitions'.length), file]),
      ...filesIn('proto', '**/*.proto').map((file): [string, string] => [`/${file}`, file]),
      ...(this.isSchemaOpen ? [['/schema.graphql', 'apps/api-gateway/schema.graphql'] as [string, string]] : []),
    ];
  }
}

const filesIn = (folder: string, pattern: string): string[] =>
  globSync(pattern, { cwd: fileURLToPath(new URL(folder, root)) }).map((file) => `${folder}/${file}`);
