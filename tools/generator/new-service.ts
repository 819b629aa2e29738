import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@ftgo/runner/errors';
import { findApps, repository } from '@ftgo/runner/workspace';
import { ChangeSet } from './change-set.js';
import { addRow } from './edit/markdown.js';
import { generate, generated } from './generate.js';
import { type ServiceNames, serviceNames } from './names.js';
import { declareContract } from './service/contracts.js';
import { addContainers, addToCluster } from './service/deployment.js';
import { freePort } from './service/ports.js';
import { addToPostman } from './service/postman.js';
import { addToLock, linkWorkspace } from './service/workspace.js';
import { renderAll } from './templates.js';

/** The new service. */
export interface NewService extends ServiceNames {
  readonly port: number;
  readonly files: readonly string[];
}

/** Adds a service with everything that belongs to it; changes nothing if it fails. `onWritten` is called before code is generated. */
export async function newService(given: string, onWritten: () => void = () => {}): Promise<NewService> {
  const names = serviceNames(given);
  rejectTakenName(names);
  const service = { ...names, port: freePort() };
  const folder = `apps/${names.service}`;
  const changes = new ChangeSet(repository);
  renderAll('service', { ...service, versions: versions() }, changes);
  declareContract(changes, names);
  addContainers(changes, service);
  addToCluster(changes, service, versionOf(join(repository, 'package.json')));
  addToPostman(changes, service);
  addToLock(changes, folder);
  addToDocuments(changes, service);
  const written = [...generated, folder, `docs/architecture/schema/${names.service}.sql`, `node_modules/@ftgo/${names.service}`];
  await changes.apply(async () => {
    onWritten();
    linkWorkspace(folder, `@ftgo/${names.service}`);
    await generate(changes.files);
  }, [...written, 'node_modules/.package-lock.json']);
  return { ...service, files: changes.files };
}

function rejectTakenName({ service, contract, property, database, aggregate }: ServiceNames): void {
  const places = [`apps/${service}`, `proto/ftgo/${contract}`, `libs/contracts/src/${contract}.ts`, `k8s/base/${service}.yaml`];
  const taken = places.find((place) => existsSync(join(repository, place)));
  if (taken) throw new UserError(`cannot add ${service}: ${taken} already exists; choose another name`);
  const owner = findApps(join(repository, 'apps')).find((app) => app.database === database);
  if (owner) throw new UserError(`cannot add ${service}: ${owner.name} already has the database ${database}; choose another name`);
  const ids = readFileSync(join(repository, 'libs/ftgo/src/ids.ts'), 'utf8');
  if (ids.includes(`export const ${property}Id `))
    throw new UserError(`cannot add ${service}: the type ${aggregate}Id already exists; choose another name`);
}

/** The tables of services and of problems in the documentation. */
function addToDocuments(changes: ChangeSet, { service, port, words, wordsPlural, code }: ServiceNames & { port: number }): void {
  changes.edit('README.md', (text) => addRow(text, 'The system', [service, String(port), '', wordsPlural], 'api-gateway'));
  const meaning = [`\`${code}_NOT_FOUND\``, '404', 'NOT_FOUND', `the ${words} does not exist`, 'check the id'];
  changes.edit('docs/problems/README.md', (text) => addRow(text, 'Not found', meaning));
}

/** The versions that the other services use. */
function versions(): Readonly<Record<string, string>> {
  const manifest = readFileSync(join(repository, 'apps', 'restaurant-service', 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { dependencies: Record<string, string> }).dependencies;
}

const versionOf = (manifest: string): string => (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
