import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { config } from '../config.js';
import { UserError } from '../user-error.js';
import { repository } from './repository.js';

/** How an app is run, from its package.json. */
export interface App {
  /** The name of its folder. */
  readonly name: string;
  readonly folder: string;
  readonly http: number | undefined;
  readonly grpc: number | undefined;
  readonly database: string | undefined;
  /** Whether it changes its tables while it runs; otherwise only its migrations may. */
  readonly changesTables: boolean;
  /** The script that migrates its database, if it has one. */
  readonly migrate: string | undefined;
  readonly main: string;
  /** The app of which this is a further instance: it shares its database. */
  readonly instanceOf?: string;
}

/** The port for probes, monitoring and operators while security is on, of an app with this HTTP port. */
export const managementPortOf = (http: number): number => http + 10_000;

/** The distance between the ports of two instances of an app. */
const portDistance = 1_000;

/** Adds further instances of apps, by the number of instances of each: order-service-2, order-service-3, … */
export function withInstances(apps: readonly App[], instances: Readonly<Record<string, number>>): App[] {
  const unknown = Object.keys(instances).find((name) => !apps.some((app) => app.name === name));
  if (unknown !== undefined)
    throw new UserError(`unknown service '${unknown}'; the services are ${apps.map(({ name }) => name).join(', ')}`);
  return apps.flatMap((app) => {
    const further = Array.from({ length: (instances[app.name] ?? 1) - 1 }, (_, i) => furtherInstance(app, i + 2));
    return [app, ...further];
  });
}

function furtherInstance(app: App, number: number): App {
  const portOf = (port: number | undefined) => port && port + (number - 1) * portDistance;
  return {
    ...app,
    name: `${app.name}-${number}`,
    http: portOf(app.http),
    grpc: portOf(app.grpc),
    migrate: undefined,
    instanceOf: app.name,
  };
}

/** What is added to the apps of a system. */
export interface AppsOptions {
  /** Also those that are needed only while security is on; default false. */
  readonly isSecure?: boolean;
}

/** The apps that run as processes of a system: those with a main.ts, unless they opt out. */
export function findApps(folder: string = config.appsFolder ?? join(repository, 'apps'), { isSecure = false }: AppsOptions = {}): App[] {
  const only = config.apps;
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'package.json')))
    .toSorted()
    .flatMap((name) => appIn(join(folder, name), name, isSecure) ?? [])
    .filter(({ name }) => !only || only.includes(name));
}

interface Manifest {
  readonly ftgo?: {
    readonly http?: number;
    readonly grpc?: number;
    readonly database?: string;
    readonly changesTables?: boolean;
    readonly process?: boolean;
    readonly isOnlyForSecurity?: boolean;
  };
}

function appIn(folder: string, name: string, isSecure: boolean): App | undefined {
  const { ftgo = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const main = join(folder, 'src', 'main.ts');
  if (!existsSync(main) || ftgo.process === false || (ftgo.isOnlyForSecurity && !isSecure)) return undefined;
  const migrate = join(folder, 'src', 'migrate.ts');
  const { http, grpc, database, changesTables = false } = ftgo;
  return { name, folder, http, grpc, database, changesTables, main, migrate: database && existsSync(migrate) ? migrate : undefined };
}
