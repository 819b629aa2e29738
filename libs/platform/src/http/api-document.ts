import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, type SwaggerDocumentOptions, SwaggerModule } from '@nestjs/swagger';
import type { StandardJSONSchemaV1 } from '@standard-schema/spec';
import { definition } from './definitions.js';
import { describeOperations } from './described-operations.js';
import { type Admission, describeProblems } from './described-problems.js';

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

const about = `Every GET route also responds to HEAD, and every path to OPTIONS, with the methods of the path in \`Allow\`; any
other method gets 405. Responses of 1 KiB or more are compressed for clients that accept gzip.`;

/** The OpenAPI document: generated from the routes, their schemas, and the errors that follow from both. */
export function apiDocument(app: INestApplication, service: string, admission: Admission): OpenAPIObject {
  const { version, ftgo } = manifestOf(service);
  const released = definition('version.json');
  const builder = new DocumentBuilder()
    .setTitle(service)
    .setDescription(about)
    .setVersion(released ? (JSON.parse(released) as { version: string }).version : version)
    .setOpenAPIVersion('3.1.0')
    .addServer('/', 'This process');
  if (admission.isRestricted) builder.addBearerAuth({ type: 'http', bearerFormat: 'JWT' }, 'token').addSecurityRequirements('token');
  if (ftgo?.http) builder.addServer(`http://localhost:${ftgo.http}`, 'npm start and docker-compose, on their default port');
  const document = SwaggerModule.createDocument(app, builder.build(), { autoTagControllers: false, standardSchemaConverter });
  describeProblems(document, admission);
  describeOperations(document);
  return document;
}
