import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, type SwaggerDocumentOptions, SwaggerModule } from '@nestjs/swagger';
import type { StandardJSONSchemaV1 } from '@standard-schema/spec';
import type { FastifyInstance } from 'fastify';
import { describeOperations } from './described-operations.js';
import { describeProblems } from './described-problems.js';
import { pageHeaders } from './page-headers.js';

const assets: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'application/javascript',
  'favicon-32x32.png': 'image/png',
};

/** A file, so that the page needs no permission for scripts inside of it. */
const start = "SwaggerUIBundle({ url: '../openapi.json', dom_id: '#swagger-ui' });\n";

const page = (service: string) => `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>${service}</title>
  <link rel="stylesheet" href="swagger-ui.css">
  <link rel="icon" href="favicon-32x32.png">
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="swagger-ui-bundle.js"></script>
  <script src="start.js"></script>
</body>
</html>
`;

interface Manifest {
  readonly version: string;
  readonly ftgo?: { readonly http?: number };
}

/** The app's package.json; that of this library for an app outside of the workspace, such as in a spec. */
function manifestOf(app: string): Manifest {
  const { resolve } = createRequire(import.meta.url);
  const file = (() => {
    try {
      return resolve(`@ftgo/${app}/package.json`);
    } catch {
      return resolve('../../package.json');
    }
  })();
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}

/** JSON Schema as in OpenAPI 3.1; Nest would request the form of OpenAPI 3.0, in which only `nullable` allows null. */
const standardSchemaConverter: SwaggerDocumentOptions['standardSchemaConverter'] = (schema, { schemaType }) => {
  const { jsonSchema } = (schema as StandardJSONSchemaV1)['~standard'];
  const { $schema: _, $defs, ...converted } = jsonSchema[schemaType]({ target: 'draft-2020-12' });
  return { schema: converted, components: $defs as Record<string, unknown> };
};

const about = `Every GET route also responds to HEAD, and every path to OPTIONS, with the methods of the path in \`Allow\`; another
method gets 405. Responses of 1 KiB or more are compressed for clients that accept gzip.`;

/** The OpenAPI document: generated from the routes, their schemas, and the errors that follow from both. */
function apiDocument(app: INestApplication, service: string): OpenAPIObject {
  const { version, ftgo } = manifestOf(service);
  const builder = new DocumentBuilder()
    .setTitle(service)
    .setDescription(about)
    .setVersion(version)
    .setOpenAPIVersion('3.1.0')
    .addServer('/', 'This process');
  if (ftgo?.http) builder.addServer(`http://localhost:${ftgo.http}`, 'npm start and docker-compose, on their default port');
  const document = SwaggerModule.createDocument(app, builder.build(), { autoTagControllers: false, standardSchemaConverter });
  describeProblems(document);
  describeOperations(document);
  return document;
}

/**
 * Serves `/openapi.json`, and Swagger UI at `/swagger-ui/index.html`. Nest's own SwaggerModule would serve the page at this
 * compatible address without its assets.
 */
export function serveApiDocs(app: INestApplication, server: FastifyInstance, service: string): void {
  const json = JSON.stringify(apiDocument(app, service));
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  server.get('/openapi.json', (_request, reply) => reply.type('application/json').send(json));
  server.get('/swagger-ui/index.html', (_request, reply) => {
    pageHeaders(reply);
    return reply.type('text/html').send(page(service));
  });
  server.get('/swagger-ui/start.js', (_request, reply) => reply.type('application/javascript').send(start));
  // The last path is the one of the book's application, which its scripts use.
  const others = ['/swagger-ui', '/swagger-ui.html'];
  for (const path of others) server.get(path, (_request, reply) => reply.redirect('/swagger-ui/index.html'));
  for (const [file, type] of Object.entries(assets)) {
    server.get(`/swagger-ui/${file}`, (_request, reply) => reply.type(type).send(readFileSync(join(folder, file))));
  }
}
