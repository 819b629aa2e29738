import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { config } from '../config.js';
import { repository } from './repository.js';

/** How an app is run, from its package.json. */
export interface App {
  /** The name of its folder. */
  readonly name: string;
  readonly folder: string;
  readonly http: number | undefined;
  readonly grpc: number | undefined;
  readonly database: string | undefined;
  /** The script that migrates its database, if it has one. */
  readonly migrate: string | undefined;
  readonly main: string;
}

/** The apps that run as processes of a system: those with a main.ts, unless they opt out. */
export function findApps(folder: string = config.appsFolder ?? join(repository, 'apps')): App[] {
  const only = config.apps;
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'package.json')))
    .toSorted()
    .flatMap((name) => appIn(join(folder, name), name) ?? [])
    .filter(({ name }) => !only || only.includes(name));
}

interface Manifest {
  readonly ftgo?: { readonly http?: number; readonly grpc?: number; readonly database?: string; readonly process?: boolean };
}

function appIn(folder: string, name: string): App | undefined {
  const { ftgo = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const main = join(folder, 'src', 'main.ts');
  if (!existsSync(main) || ftgo.process === false) return undefined;
  const migrate = join(folder, 'src', 'migrate.ts');
  const { http, grpc, database } = ftgo;
  return { name, folder, http, grpc, database, main, migrate: database && existsSync(migrate) ? migrate : undefined };
}
