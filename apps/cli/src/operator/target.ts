import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hostsOf, isPostgresUrl } from '@ftgo/messaging/postgres';
import { UserError } from '@ftgo/runner/errors';
import { urlOfDatabase } from '@ftgo/runner/provision';
import { type ControlClient, type ListedProcess, NotRunning, type SystemDescription } from '@ftgo/runner/system';
import { findApps, managementPortOf } from '@ftgo/runner/workspace';
import { config } from '../config.js';

/** How to reach one process of a system. */
export interface ServiceAddress {
  readonly name: string;
  /** Of its API; undefined if it has none, or if it is unknown. */
  readonly url: string | undefined;
  /** Of its health and operations; the same unless it has a port for operators. */
  readonly managementUrl: string | undefined;
  /** Its URL is undefined if only the service may be asked. */
  readonly database: { readonly name: string; readonly url: string | undefined } | undefined;
  /** Whether it orchestrates sagas. */
  readonly ownsSagas: boolean;
}

/** A system to inspect. */
export interface Target {
  readonly services: readonly ServiceAddress[];
  /** Whether it is a running npm start, whose processes this CLI can start and whose logs it can read. */
  readonly isOurs: boolean;
  /** The processes that npm start runs, as listed by `ps`; none for a system that runs elsewhere. */
  readonly processes: () => Promise<readonly ListedProcess[]>;
}

/**
 * The running npm start; or, with FTGO_POSTGRES_URL (the administrator's URL), FTGO_SECURITY=on or FTGO_<APP>_URL, one that runs elsewhere.
 * Its HTTP ports are those of the contract on 127.0.0.1, unless FTGO_<APP>_URL is set.
 */
export async function findTarget(control: ControlClient): Promise<Target> {
  const adminUrl = config.postgresUrl;
  const running = await control.describe().catch((error: unknown) => {
    if (error instanceof NotRunning) return undefined;
    throw error;
  });
  if (running && (!adminUrl || runsOn(running, adminUrl))) return ours(running, control);
  if (adminUrl || config.isSecure || findApps().some(({ name }) => config.urlOf(name))) return elsewhere(adminUrl);
  throw new UserError(
    'no system is running here: run npm start, or set FTGO_POSTGRES_URL to the administrator’s URL of a system that runs elsewhere',
  );
}

const runsOn = ({ databases }: SystemDescription, adminUrl: string): boolean =>
  Object.values(databases).some((url) => hostsOf(url) === hostOf(adminUrl));

function hostOf(url: string): string {
  if (isPostgresUrl(url)) return hostsOf(url);
  throw new UserError('invalid FTGO_POSTGRES_URL: expected a URL such as postgres://postgres:PASSWORD@127.0.0.1:54329/postgres');
}

function ours({ endpoints, databases, security }: SystemDescription, control: ControlClient): Target {
  const urls = new Map(endpoints.map(({ name, http, management = http }) => [name, { url: http, managementUrl: management }]));
  return {
    isOurs: true,
    processes: () => control.ps(),
    services: addresses({
      isSecure: security !== undefined,
      urlsOf: (name) => urls.get(name),
      databaseUrl: (database) => databases[database],
    }),
  };
}

function elsewhere(adminUrl: string | undefined): Target {
  if (adminUrl) hostOf(adminUrl);
  const { isSecure } = config;
  const urlsOf = (name: string, port: number) => urlsElsewhere(port, { given: config.urlOf(name), isSecure });
  const databaseUrl = (database: string) => adminUrl && urlOfDatabase(adminUrl, database);
  return { isOurs: false, processes: () => Promise.resolve([]), services: addresses({ isSecure, urlsOf, databaseUrl }) };
}

type Urls = Pick<ServiceAddress, 'url' | 'managementUrl'>;

interface Elsewhere {
  /** FTGO_<APP>_URL. */
  readonly given: string | undefined;
  readonly isSecure: boolean;
}

/** The URLs of an app with this HTTP port. With security on, FTGO_<APP>_URL is that of its port for operators, and its API is at the same host. */
export function urlsElsewhere(port: number, { given, isSecure }: Elsewhere): Urls {
  const managementUrl = (given ?? `http://127.0.0.1:${isSecure ? managementPortOf(port) : port}`).replace(/\/$/, '');
  const { protocol, hostname } = new URL(managementUrl);
  return { url: isSecure ? `${protocol}//${hostname}:${port}` : managementUrl, managementUrl };
}

interface Addresses {
  readonly isSecure: boolean;
  readonly urlsOf: (name: string, port: number) => Urls | undefined;
  readonly databaseUrl: (database: string) => string | undefined;
}

const noUrls: Urls = { url: undefined, managementUrl: undefined };

function addresses({ isSecure, urlsOf, databaseUrl }: Addresses): ServiceAddress[] {
  return findApps(undefined, { isSecure }).map(({ name, folder, http, database }) => {
    const { url, managementUrl } = (http === undefined ? undefined : urlsOf(name, http)) ?? noUrls;
    return {
      name,
      url,
      managementUrl,
      database: database ? { name: database, url: databaseUrl(database) } : undefined,
      ownsSagas: existsSync(join(folder, 'src', 'sagas')),
    };
  });
}
