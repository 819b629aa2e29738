import { DomainError } from '@ftgo/kernel';
import { PgSessions, Transactions } from '@ftgo/messaging';
import { PgClient, pgKeepAlive } from '@ftgo/messaging/postgres';
import { UserError } from '@ftgo/runner/errors';
import { hasStarted, healthAt, reasonIn } from '@ftgo/runner/health';
import pg from 'pg';
import { operatorHeaders } from './login.js';
import type { ServiceAddress, Target } from './target.js';
import { signIn, startOf } from './words.js';

/** A requested value, or the reason why it is unknown. */
export type Part<Value> =
  | { readonly value: Value; readonly unknown?: undefined }
  | { readonly value?: undefined; readonly unknown: string };

/** The health of a process. */
export interface Health {
  readonly name: string;
  /** `starting` if it does not respond although npm start runs it: it is starting, or will be restarted. */
  readonly state: 'ready' | 'degraded' | 'not ready' | 'starting' | 'down';
  /** Why it is not ready or degraded. */
  readonly reason?: string | undefined;
}

const answerWithinMs = 5_000;
/** How to reach databases of a system that runs elsewhere. */
export const setPostgresUrl = 'set FTGO_POSTGRES_URL to the administrator’s URL';

function hintFor({ status, url }: Response): string {
  if (status === 404) return ` (${url})`;
  return status === 401 ? `; sign in: ${signIn}` : '';
}

/** An act may wait for a lock. */
const actWithinMs = 30_000;

/** What to read from a service's API for operators; while the service does not respond, from its database. */
export interface Reading<Body, Value> {
  /** Below /operations/. */
  readonly path: string;
  readonly fromBody: (body: Body) => Value;
  readonly fromDatabase: (transactions: Transactions) => Promise<Value | undefined>;
}

/** A system, seen through its services, which also perform acts, and through their databases, by connections that cannot write. */
export class ObservedSystem {
  private readonly pools = new Map<string, pg.Pool>();
  /** The services that do not respond: they are asked once. */
  private readonly silent = new Map<string, string>();

  /** @param onFallback called with a line that reports what is read from a database instead */
  constructor(
    readonly target: Target,
    private readonly onFallback: (line: string) => void,
  ) {}

  get services(): readonly ServiceAddress[] {
    return this.target.services;
  }

  get owners(): readonly ServiceAddress[] {
    return this.services.filter(({ database }) => database);
  }

  /** A service with a database, by name. */
  owner(name: string): ServiceAddress {
    const found = this.owners.find((service) => service.name === name);
    if (found) return found;
    throw new UserError(
      `${name} is not a service with a database: expected one of ${this.owners.map((service) => service.name).join(', ')}`,
    );
  }

  private transactions({ name, database }: ServiceAddress): Transactions {
    const pool = this.pools.get(name) ?? poolFor(database?.url ?? '');
    this.pools.set(name, pool);
    return new Transactions(new PgSessions(pool));
  }

  /** Reads from a service or its database; undefined if what is read does not exist. Domain errors of the reader are thrown. */
  async read<Body, Value>(service: ServiceAddress, reading: Reading<Body, Value>): Promise<Part<Value | undefined>> {
    const { path, fromBody, fromDatabase } = reading;
    if (!this.silent.has(service.name)) {
      const answered = await this.getOperations<Body>(service.name, path);
      if (answered.unknown === undefined) return { value: answered.value === undefined ? undefined : fromBody(answered.value) };
      this.noteSilence(service, answered.unknown);
    }
    if (!service.database?.url) return { unknown: this.silent.get(service.name) ?? '' };
    return this.ask(service, fromDatabase);
  }

  private noteSilence({ name, database }: ServiceAddress, reason: string): void {
    if (this.silent.has(name)) return;
    this.silent.set(name, reason);
    if (database?.url) this.onFallback(`${reason}; reading database ${database.name}`);
  }

  /** Reads like `read`; throws if that fails. */
  async demandRead<Body, Value>(service: ServiceAddress, reading: Reading<Body, Value>): Promise<Value | undefined> {
    const { value, unknown } = await this.read(service, reading);
    if (unknown !== undefined) throw new UserError(unknown);
    return value;
  }

  /** Queries a database, or returns the reason why that failed. Domain errors of the reader are thrown. */
  async ask<Value>(service: ServiceAddress, question: (transactions: Transactions) => Promise<Value>): Promise<Part<Value>> {
    const { database } = service;
    if (!database?.url) return { unknown: `cannot query database ${database?.name}: its URL is unknown; ${setPostgresUrl}` };
    try {
      return { value: await question(this.transactions(service)) };
    } catch (error) {
      if (error instanceof DomainError) throw error;
      return { unknown: `cannot query database ${database.name}: ${messageOf(error)}` };
    }
  }

  /** GETs from the API of a service; undefined if the resource does not exist (404), or no resource can have such an id (400). */
  get<Value>(name: string, path: string): Promise<Part<Value | undefined>> {
    return getFrom(name, this.addressOf(name)?.url, path);
  }

  /** The same from what a service serves to operators; the path is below /operations/. */
  getOperations<Value>(name: string, path: string): Promise<Part<Value | undefined>> {
    return getFrom(name, this.addressOf(name)?.managementUrl, `/operations/${path}`);
  }

  private addressOf(name: string): ServiceAddress | undefined {
    return this.services.find((service) => service.name === name);
  }

  /** POSTs an operator's act to a service. Throws a UserError with the service's reason if it rejects the act. */
  async act<Answer>({ name, managementUrl }: ServiceAddress, path: string, body: object): Promise<Answer> {
    if (!managementUrl) throw new UserError(`the URL of ${name} is unknown; set FTGO_<APP>_URL`);
    const headers = { 'content-type': 'application/json', ...operatorHeaders() };
    const request = { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(`${managementUrl}/operations/${path}`, { ...request, signal: AbortSignal.timeout(actWithinMs) }).catch(
      (error: unknown) => {
        throw new UserError(
          `${name} does not respond, and only it can act on its data (${messageOf(error)}); start it: ${startOf(name, this.target.isOurs)}`,
        );
      },
    );
    const text = await response.text();
    if (!response.ok) throw new UserError(`${name}: ${detailOf(text) ?? `HTTP ${response.status}`}${hintFor(response)}`);
    return (text === '' ? {} : JSON.parse(text)) as Answer;
  }

  /** The health of the database server and the broker, as far as they are known, and of every process that has an HTTP port. */
  async health(): Promise<Health[]> {
    const [processes, ...apps] = await Promise.all([
      this.target.processes(),
      ...this.services.flatMap(({ name, managementUrl }) => (managementUrl ? [healthOf(name, managementUrl)] : [])),
    ]);
    const backing = processes.filter(({ address }) => address);
    const all = [...backing.map(({ name, state }): Health => ({ name, state: state === 'ready' ? 'ready' : 'down' })), ...apps];
    // A process that died or was killed is restarted; only a stopped one stays down.
    const kept = new Set(processes.filter(({ state }) => state !== 'stopped').map(({ name }) => name));
    return all.map((health) => (health.state === 'down' && kept.has(health.name) ? { ...health, state: 'starting' } : health));
  }

  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.end()));
  }
}

function poolFor(connectionString: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max: 2,
    connectionTimeoutMillis: answerWithinMs,
    options: '-c default_transaction_read_only=on -c statement_timeout=30000',
    // Bounds a query on the client's side too, in case the server cannot; keepalives detect a vanished host sooner.
    query_timeout: 32_000,
    ...pgKeepAlive,
    Client: PgClient,
  });
  pool.on('error', () => undefined); // the next statement fails with the error
  return pool;
}

async function getFrom<Value>(name: string, url: string | undefined, path: string): Promise<Part<Value | undefined>> {
  if (!url) return { unknown: `the URL of ${name} is unknown` };
  try {
    const response = await fetch(`${url}${path}`, { headers: operatorHeaders(), signal: AbortSignal.timeout(answerWithinMs) });
    if (response.status === 400 || (response.status === 404 && !(await isWithoutRoute(response)))) return { value: undefined };
    if (!response.ok) return { unknown: `${name} returned HTTP ${response.status}${hintFor(response)}` };
    return { value: (await response.json()) as Value };
  } catch (error) {
    return { unknown: `${name} does not respond: ${messageOf(error)}` };
  }
}

async function healthOf(name: string, url: string): Promise<Health> {
  try {
    const health = await healthAt(url, answerWithinMs);
    if (hasStarted(health)) return { name, state: 'ready' };
    return { name, state: health.status === 'down' ? 'not ready' : 'degraded', reason: reasonIn(health) };
  } catch (error) {
    return { name, state: 'down', reason: messageOf(error) };
  }
}

/** An older version of a service may lack the route. */
const isWithoutRoute = async (response: Response): Promise<boolean> =>
  ((await response.json().catch(() => ({}))) as { code?: string }).code === 'ROUTE_NOT_FOUND';

/** The explanation in a problem (RFC 9457). */
function detailOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { detail?: string }).detail;
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  const { cause, message, code } = error as { cause?: unknown; message?: string; code?: string };
  if (cause) return messageOf(cause);
  return message || code || String(error);
}
