import { repository } from '@ftgo/runner/workspace';
import type { Drawing } from '../architecture/drawing.js';
import { asyncApi } from './async-api.js';
import { appsWithApi, openApi } from './open-api.js';
import { definitionPages } from './pages.js';

const json = (document: object): string => `${JSON.stringify(document, undefined, 2)}\n`;

const apps = appsWithApi(repository);

/** The definitions that are generated from the code; schema.graphql and proto/ are written by hand. */
export const definitions: readonly Drawing[] = [
  ...apps.map((app) => ({ file: `definitions/openapi/${app}.json`, draw: async (root: string) => json(await openApi(root, app)) })),
  ...apps.map((app) => ({ file: `definitions/asyncapi/${app}.json`, draw: async (root: string) => json(await asyncApi(root, app)) })),
  { file: 'definitions/asyncapi.json', draw: async (root) => json(await asyncApi(root)) },
  ...definitionPages(apps),
];
