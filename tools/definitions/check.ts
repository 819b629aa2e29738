import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AsyncApi } from './async-api.js';
import { breaksInAsyncApi } from './compatibility/async-api.js';
import { breaksInGraphQL } from './compatibility/graphql.js';
import { breaksInOpenApi, type OpenApi } from './compatibility/open-api.js';
import { breaksInProto } from './compatibility/proto.js';
import type { Difference } from './compatibility/schemas.js';
import { DefinitionsFolder, graphqlSchema, protoImage } from './folder.js';

/** A change that breaks those who rely on the last release. */
export interface BreakingChange extends Difference {
  /** The file with the definition. */
  readonly definition: string;
}

/** Compares the definitions of a repository with those of its last release. */
export function breakingChanges(root: string): BreakingChange[] {
  const folder = new DefinitionsFolder(root);
  return [
    ...openApis(folder),
    ...named(
      'definitions/asyncapi.json',
      breaksInAsyncApi(folder.json('released/asyncapi.json') as AsyncApi, folder.json('asyncapi.json') as AsyncApi),
    ),
    ...named(graphqlSchema, breaksInGraphQL(folder.text('released/schema.graphql'), readFileSync(join(root, graphqlSchema), 'utf8'))),
    ...named('proto', breaksInProto(join(folder.path, 'released', protoImage), root)),
  ];
}

const named = (definition: string, differences: readonly Difference[]): BreakingChange[] =>
  differences.map((each) => ({ definition, ...each }));

function openApis(folder: DefinitionsFolder): BreakingChange[] {
  const released = globSync('released/openapi/*.json', { cwd: folder.path }).toSorted();
  return released.flatMap((file) => {
    const current = file.slice('released/'.length);
    const definition = `definitions/${current}`;
    if (!existsSync(join(folder.path, current))) return [{ definition, at: 'the app', problem: 'the app was removed' }];
    return named(definition, breaksInOpenApi(folder.json(file) as OpenApi, folder.json(current) as OpenApi));
  });
}

/** The faults of the definitions, as text; none if they are compatible, or if their version is a new major one. */
export function faultsIn(root: string): string[] {
  const folder = new DefinitionsFolder(root);
  const { version: released, files } = folder.released;
  const altered = alteredFiles(files, folder.releasedDigests());
  const broken = majorOf(folder.version) > majorOf(released) ? [] : breakingChanges(root);
  return [
    ...altered.map(
      (file) =>
        `definitions/released/${file}: differs from release ${released}; restore it with git; only npm run release-definitions writes these files, when a version is released`,
    ),
    ...broken.map(({ definition, at, problem }) => `${definition}: ${at.trim()}: ${problem}`),
    ...(broken.length > 0 ? [remedy(released)] : []),
  ];
}

const alteredFiles = (recorded: Readonly<Record<string, string>>, found: Readonly<Record<string, string>>): string[] =>
  [...new Set([...Object.keys(recorded), ...Object.keys(found)])].toSorted().filter((file) => recorded[file] !== found[file]);

const remedy = (released: string): string =>
  `These changes break programs that rely on version ${released}. Keep what was released and add the new form beside it ` +
  `(docs/guides/evolve-an-api.md), or set the version in definitions/version.json to ${majorOf(released) + 1}.0.0 if they are intended.`;

export const majorOf = (version: string): number => Number(version.split('.')[0]);
