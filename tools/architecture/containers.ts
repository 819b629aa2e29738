import { join } from 'node:path';
import { type App, findApps } from '@ftgo/runner/workspace';
import { contractsOfApps } from '../boundaries/rules.js';
import { type Drawing, mermaid, page } from './drawing.js';

/** The processes of a system with their ports and databases, from their package.json files. */
export const containersPage: Drawing = {
  file: 'docs/architecture/containers.md',
  draw: (root) =>
    page(
      'Containers',
      'C4, level 2: the processes, their ports and databases.',
      'Services communicate only by messages, listed in [messages.md](messages.md). The gateway calls the services over gRPC, and reads the timelines of orders and the positions of couriers from Kafka.',
      '',
      ...mermaid('flowchart TB', ...drawContainers(root)),
    ),
};

function drawContainers(root: string): string[] {
  const apps = findApps(join(root, 'apps'));
  const owners = apps.filter(({ database }) => database);
  const callers = callersIn(root, apps);
  const relays = apps.filter((app) => !app.database && contractsOf(root, app).length === 0 && app.http);
  const calls = callers.flatMap((app) => calledBy(root, app, owners).map((service) => `  ${app.name} -->|gRPC| ${service}`));
  return [
    '  client(["HTTP client"])',
    ...apps.map((app) => `  ${app.name}["${[app.name, portsOf(app)].join('<br/>')}"]`),
    ...callers.map(({ name }) => `  client -->|HTTP| ${name}`),
    ...calls,
    '  subgraph postgres["PostgreSQL: a database per service"]',
    ...owners.map(({ database }) => `    ${database}[("${database}")]`),
    '  end',
    ...owners.map(({ name, database }) => `  ${name} --> ${database}`),
    '  kafka[["Kafka"]]',
    ...relays.flatMap(({ name }) => [`  postgres -->|write-ahead log| ${name}`, `  ${name} -->|messages, in commit order| kafka`]),
    ...owners.map(({ name }) => `  kafka -.-> ${name}`),
  ];
}

/** The apps that call services: the others communicate by messages. */
export const callersIn = (root: string, apps: readonly App[]): App[] =>
  apps.filter((app) => !app.database && contractsOf(root, app).length > 0);

/** The services that an app calls over gRPC. */
export const calledBy = (root: string, app: App, owners: readonly App[]): string[] =>
  contractsOf(root, app).flatMap((contract) => {
    const owner = owners.find(({ name }) => name.replaceAll('-', '').startsWith(`${contract}service`));
    return owner ? [owner.name] : [];
  });

const contractsOf = (root: string, { name }: App): readonly string[] => contractsOfApps(root).get(name) ?? [];

const portsOf = ({ http, grpc }: App): string => [http ? `HTTP ${http}` : [], grpc ? `gRPC ${grpc}` : []].flat().join(', ');
