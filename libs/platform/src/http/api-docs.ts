import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { apiDocument } from './api-document.js';
import { definition } from './definitions.js';
import type { Admission } from './described-problems.js';
import { pageHeaders } from './page-headers.js';

const assets: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'application/javascript',
  'swagger-ui-standalone-preset.js': 'application/javascript',
  'favicon-32x32.png': 'image/png',
};

/** A file, so that the page does not have to allow inline scripts. */
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

export interface ApiDocsOptions extends Admission {
  /** The application's name. */
  readonly name: string;
}

/**
 * Serves `/openapi.json`, Swagger UI at `/swagger-ui/index.html`, and `/asyncapi.json` if the service sends or receives messages.
 * Nest's own SwaggerModule would serve the page at this compatible address without its assets.
 */
export function serveApiDocs(app: INestApplication, server: FastifyInstance, { name, ...admission }: ApiDocsOptions): void {
  const json = JSON.stringify(apiDocument(app, name, admission));
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const config = { access: ['operator'] } as const;
  server.get('/openapi.json', { config }, (_request, reply) => reply.type('application/json').send(json));
  const messages = definition(`asyncapi/${name}.json`);
  if (messages) server.get('/asyncapi.json', { config }, (_request, reply) => reply.type('application/json').send(messages));
  server.get('/swagger-ui/index.html', { config }, (_request, reply) => {
    pageHeaders(reply);
    return reply.type('text/html').send(page(name));
  });
  server.get('/swagger-ui/start.js', { config }, (_request, reply) => reply.type('application/javascript').send(start));
  // The last path is the one of the book's application, which its scripts use.
  const others = ['/swagger-ui', '/swagger-ui.html'];
  for (const path of others) server.get(path, { config }, (_request, reply) => reply.redirect('/swagger-ui/index.html'));
  for (const [file, type] of Object.entries(assets)) {
    server.get(`/swagger-ui/${file}`, { config }, (_request, reply) => reply.type(type).send(readFileSync(join(folder, file))));
  }
}
