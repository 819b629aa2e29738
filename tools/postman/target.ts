import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@ftgo/runner/errors';
import { type Headers, operatorAccess } from '@ftgo/runner/sign-in';
import { ControlClient, Home, NotRunning } from '@ftgo/runner/system';
import { findApps, repository } from '@ftgo/runner/workspace';

const local = join(repository, 'postman', 'local.postman_environment.json');
const probeWithinMs = 5_000;

/** A system against which the collection can run. */
export interface Target {
  /** The variables of the environment: the URL of each app and, while security is on, that of its port for operators. */
  readonly urls: Readonly<Record<string, string>>;
  /** The headers that identify the sender of the requests, an operator; none while security is off. */
  readonly headers: () => Promise<Headers>;
  /** Fails with one line at the first app that cannot be reached. */
  probe(): Promise<void>;
}

/** The running npm start, at whatever ports. */
export async function runningTarget(home = new Home()): Promise<Target> {
  const { endpoints, security } = await new ControlClient(home).describe().catch((error: unknown) => {
    if (!(error instanceof NotRunning)) throw error;
    throw new UserError(`${error.message}, or choose another system with --environment postman/compose.postman_environment.json`);
  });
  const running = new Map(endpoints.map((endpoint) => [endpoint.name, endpoint]));
  const appAt = new Map(findApps().map(({ name, http }) => [String(http), name]));
  const apps = new Map(Object.entries(urlsIn(local)).map(([variable, url]) => [variable, appAt.get(new URL(url).port) ?? variable]));
  const urls = Object.fromEntries(
    [...apps].flatMap(([variable, app]) => {
      const { http = '', management } = running.get(app) ?? {};
      return [[variable, http], ...(management ? [[managementOf(variable), management]] : [])] as const;
    }),
  );
  return {
    urls,
    headers: operatorAccess(security, home),
    probe: () =>
      probe(urls, (variable) => {
        const app = apps.get(variable) ?? variable;
        return { what: `${app} at ${healthIn(urls, variable)}`, remedy: `start it with npm run ftgo -- start ${app}` };
      }),
  };
}

/** The system whose URLs are in a Postman environment. */
export function fileTarget(file: string, home = new Home()): Target {
  const urls = urlsIn(file);
  const advice = (variable: string) => ({
    what: healthIn(urls, variable),
    remedy: `start the system, or correct ${variable} in ${file}`,
  });
  return { urls, headers: operatorAccess(undefined, home), probe: () => probe(urls, advice) };
}

/** The variable of an app's port for operators: `orderManagement` for `orderUrl`. */
const managementOf = (variable: string): string => variable.replace(/Url$/, 'Management');

/** Where an app serves its health. */
const healthIn = (urls: Target['urls'], variable: string): string => urls[managementOf(variable)] ?? urls[variable] ?? '';

type Advice = (variable: string) => { readonly what: string; readonly remedy: string };

async function probe(urls: Target['urls'], advice: Advice): Promise<void> {
  for (const variable of Object.keys(urls).filter((name) => name.endsWith('Url'))) {
    try {
      await fetch(`${healthIn(urls, variable)}/health/live`, { signal: AbortSignal.timeout(probeWithinMs) });
    } catch (error) {
      const { what, remedy } = advice(variable);
      throw new UserError(`cannot reach ${what}: ${reasonOf(error as Error)}; ${remedy}`, { cause: error });
    }
  }
}

/** The cause of a failed fetch has the reason. */
const reasonOf = ({ cause, message }: Error): string =>
  (cause instanceof Error && (cause.message || (cause as NodeJS.ErrnoException).code)) || message;

function urlsIn(file: string): Record<string, string> {
  const { values } = readEnvironment(file);
  return Object.fromEntries(values.flatMap(({ key, value }) => (/(Url|Management)$/.test(key) ? [[key, value]] : [])));
}

interface PostmanEnvironment {
  readonly values: ReadonlyArray<{ readonly key: string; readonly value: string }>;
}

function readEnvironment(file: string): PostmanEnvironment {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as PostmanEnvironment;
  } catch (cause) {
    throw new UserError(`cannot read the environment ${file}: ${(cause as Error).message}`, { cause });
  }
}
