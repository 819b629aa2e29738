import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { parse } from 'yaml';

/** The properties of a container in docker-compose.yml that the tests and tools use. */
export interface ComposeService {
  readonly image: string;
  readonly build?: { readonly target: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly profiles?: readonly string[];
  readonly restart: string;
  readonly mem_limit: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

/** A published port of a container: `127.0.0.1:8082:8082`. */
export interface PublishedPort {
  readonly address: string;
  readonly host: number;
  readonly container: number;
}

/** The services of docker-compose.yml by name, with anchors and merges resolved and variables at their defaults. */
export function composeServices(file = join(repository, 'docker-compose.yml')): Readonly<Record<string, ComposeService>> {
  const text = readFileSync(file, 'utf8').replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');
  const { services } = parse(text, { merge: true }) as { services: Record<string, ComposeService> };
  return services;
}

/** The same with docker-compose.secure.yml on top, merged as compose does. */
export function secureComposeServices(): Readonly<Record<string, ComposeService>> {
  const open = composeServices();
  const secure = composeServices(join(repository, 'docker-compose.secure.yml'));
  const names = new Set([...Object.keys(open), ...Object.keys(secure)]);
  return Object.fromEntries([...names].map((name) => [name, merged(open[name], secure[name])]));
}

type Part = Partial<ComposeService>;

function merged({ volumes = [], ports = [], ...below }: Part = {}, above: Part = {}): ComposeService {
  const placeOf = (mount: string) => mount.split(':')[1];
  const added = above.volumes ?? [];
  const replaced = new Set(added.map(placeOf));
  return {
    ...below,
    ...above,
    environment: { ...below.environment, ...above.environment },
    depends_on: { ...below.depends_on, ...above.depends_on },
    ports: [...ports, ...(above.ports ?? [])],
    volumes: [...volumes.filter((mount) => !replaced.has(placeOf(mount))), ...added],
  } as ComposeService;
}

/** The services that stay up without a profile: no jobs and no observability. */
export const longRunning = (services: Readonly<Record<string, ComposeService>>): string[] =>
  Object.entries(services).flatMap(([name, { restart, profiles }]) => (restart !== 'unless-stopped' || profiles ? [] : [name]));

export const publishedPorts = ({ ports = [] }: ComposeService): PublishedPort[] =>
  ports.map((port) => {
    const [container, host, ...address] = port.split(':').toReversed();
    return { address: address.join(':'), host: Number(host), container: Number(container) };
  });
