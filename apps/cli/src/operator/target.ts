import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@ftgo/runner/errors';
import { urlOfDatabase } from '@ftgo/runner/provision';
import { type ControlClient, NotRunning, type SystemDescription } from '@ftgo/runner/system';
import { findApps } from '@ftgo/runner/workspace';
import { config } from '../config.js';

/** Where one process of a system is reached. */
export interface ServiceAddress {
  readonly name: string;
  readonly url: string | undefined;
  readonly database: { readonly name: string; readonly url: string } | undefined;
  /** It orchestrates sagas. */
  readonly ownsSagas: boolean;
}

/** A system to look at. */
export interface Target {
  readonly services: readonly ServiceAddress[];
  /** An npm start, whose processes this CLI starts and whose logs it has. */
  readonly isOurs: boolean;
}

/**
 * The running npm start; or, with FTGO_POSTGRES_URL (the administrator's), a system that runs elsewhere, with its HTTP on
 * 127.0.0.1 and the ports of the contract, or wherever FTGO_<APP>_URL says.
 */
export async function findTarget(control: ControlClient): Promise<Target> {
  const adminUrl = config.postgresUrl;
  const running = await control.describe().catch((error: unknown) => {
    if (error instanceof NotRunning) return undefined;
    throw error;
  });
  if (running && (!adminUrl || standsOn(running, adminUrl))) return ours(running);
  if (adminUrl) return elsewhere(adminUrl);
  throw new UserError(
    'nothing runs here: start it with npm start, or set FTGO_POSTGRES_URL (the administrator’s) to look at a system that runs elsewhere',
  );
}

const standsOn = ({ databases }: SystemDescription, adminUrl: string): boolean =>
  Object.values(databases).some((url) => new URL(url).host === hostOf(adminUrl));

function hostOf(url: string): string {
  if (URL.canParse(url)) return new URL(url).host;
  throw new UserError('FTGO_POSTGRES_URL is no URL: it looks like postgres://postgres:PASSWORD@127.0.0.1:54329/postgres');
}

function ours({ endpoints, databases }: SystemDescription): Target {
  const urls = new Map(endpoints.map(({ name, http }) => [name, http]));
  return {
    isOurs: true,
    services: addresses(
      (name) => urls.get(name),
      (database) => databases[database],
    ),
  };
}

function elsewhere(adminUrl: string): Target {
  hostOf(adminUrl);
  const urlOf = (name: string, port: number) => config.urlOf(name) ?? `http://127.0.0.1:${port}`;
  return { isOurs: false, services: addresses(urlOf, (database) => urlOfDatabase(adminUrl, database)) };
}

function addresses(
  urlOf: (name: string, port: number) => string | undefined,
  databaseUrl: (database: string) => string | undefined,
): ServiceAddress[] {
  return findApps().map(({ name, folder, http, database }) => {
    const url = database && databaseUrl(database);
    return {
      name,
      url: http === undefined ? undefined : urlOf(name, http)?.replace(/\/$/, ''),
      database: database && url ? { name: database, url } : undefined,
      ownsSagas: existsSync(join(folder, 'src', 'sagas')),
    };
  });
}
