// The counterpart of make-secrets.ts and main.ts in a cluster: creates a Secret per owner, then the databases and roles.
// All Secrets come first, because a pod that misses one retries at growing intervals.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '@ftgo/runner/processes';
import { provision, urlFor } from '@ftgo/runner/provision';
import { address, databases, folder, isPolled, secrets } from './environment.js';

const account = '/var/run/secrets/kubernetes.io/serviceaccount';
const api = `https://${process.env['KUBERNETES_SERVICE_HOST']}:${process.env['KUBERNETES_SERVICE_PORT']}`;
const path = `/api/v1/namespaces/${readFileSync(join(account, 'namespace'), 'utf8')}/secrets`;

/** A server that is starting, or a name that does not resolve yet. */
const starting = ['ECONNREFUSED', 'ECONNRESET', 'EAI_AGAIN', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH', '57P03'];
/**
 * Errors of pg without a code from a server that does not respond in time, or drops the connection: its Service may not
 * have an endpoint yet.
 */
const noAnswer = /^timeout expired|^Query read timeout|^Connection terminated/;

const owners = ['postgres', ...databases().keys(), 'outbox-relay'];
await Promise.all(owners.map(fetchSecret));
const made = secrets.make(address, databases());
await Promise.all(owners.map(storeSecret));
const adminUrl = urlFor(`postgres://${address}/`, { database: 'postgres', role: 'postgres', password: secrets.adminPassword });
const isSetUp = await waitUntil(setUp, { withinMs: 600_000, everyMs: 1_000 });
if (!isSetUp) throw new Error(`cannot connect to Postgres at ${address}`);
console.log(
  `set up ${secrets.databases.length} databases; ${made.length > 0 ? `created ${made.join(', ')}` : 'all secrets already exist'}`,
);

async function setUp(): Promise<boolean> {
  try {
    await provision({ adminUrl, databases: secrets.databases, passwordOf: secrets.passwordOf, isPolled, isOwnServer: true });
    return true;
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (!starting.includes(code ?? '') && !noAnswer.test(message)) throw error;
    console.log(`waiting for Postgres at ${address} (${code ?? message})`);
    return false;
  }
}

/** Keeps existing values: a role's password is created once. */
async function fetchSecret(name: string): Promise<void> {
  mkdirSync(join(folder, name), { recursive: true });
  const response = await call(`${path}/${name}`);
  if (response.status === 404) return;
  const { data } = (await checked(response).json()) as { data: Record<string, string> };
  for (const [key, value] of Object.entries(data)) {
    const file = join(folder, name, key);
    // An earlier container of this pod may have left a read-only file.
    rmSync(file, { force: true });
    writeFileSync(file, Buffer.from(value, 'base64'));
  }
}

async function storeSecret(name: string): Promise<void> {
  const stringData = Object.fromEntries(readdirSync(join(folder, name)).map((key) => [key, readFileSync(join(folder, name, key), 'utf8')]));
  const labels = { 'app.kubernetes.io/part-of': 'ftgo' };
  const response = await call(path, { apiVersion: 'v1', kind: 'Secret', metadata: { name, labels }, stringData });
  const conflict = 409;
  if (response.status !== conflict) checked(response);
}

/** NODE_EXTRA_CA_CERTS names the certificate of the cluster's authority. */
function call(url: string, body?: object): Promise<Response> {
  const headers = { authorization: `Bearer ${readFileSync(join(account, 'token'), 'utf8')}`, 'content-type': 'application/json' };
  return fetch(api + url, { headers, signal: AbortSignal.timeout(10_000), ...(body && { method: 'POST', body: JSON.stringify(body) }) });
}

function checked(response: Response): Response {
  if (!response.ok)
    throw new Error(`${response.url} returned ${response.status}: check that this ServiceAccount may get and create secrets`);
  return response;
}
