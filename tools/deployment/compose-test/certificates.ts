// The certificates between services in containers: which one each service presents, and which callers it admits.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { OrderServiceApi } from '@ftgo/contracts/order';
import { grpcClient } from '@ftgo/rpc';
import { UserError } from '@ftgo/runner/errors';
import { findApps } from '@ftgo/runner/workspace';
import type { Compose } from './engine.js';

const ports = new Map(findApps().flatMap(({ name, grpc }) => (grpc ? [[name, grpc] as const] : [])));

/** Each service presents its certificate, and only the gateway may call it. */
export async function expectIdentified(compose: Compose): Promise<void> {
  for (const [name, port] of ports) {
    const names = await certifiedNames(port);
    if (names !== `DNS:${name}`) throw new UserError(`${name} presents a certificate for ${names ?? 'no one'} at its gRPC port ${port}`);
  }
  console.log('✔ every service presents its certificate over gRPC');
  const folder = mkdtempSync(join(tmpdir(), 'ftgo-certificates-'));
  try {
    await expectAdmitted(compose, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
  console.log('✔ order-service admits the gateway, and no client without its certificate');
}

/** The alternative names in the certificate of a server on this machine; undefined if it presents none. */
const certifiedNames = (port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, ALPNProtocols: ['h2'], rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().subjectaltname);
      socket.destroy();
    });
    socket.on('error', () => resolve(undefined));
  });

/** The results of calls without a token: the gateway lacks nothing else. */
const expected = [
  ['api-gateway', 'UNAUTHENTICATED'],
  ['kitchen-service', 'PERMISSION_DENIED'],
  [undefined, 'DependencyUnavailable'],
] as const;

async function expectAdmitted(compose: Compose, folder: string): Promise<void> {
  for (const [caller, result] of expected) {
    const found = await resultOfCall(caller && (await filesOf(caller, compose, folder)));
    if (found !== result)
      throw new UserError(`a client with the certificate of ${caller ?? 'no app'} gets ${found} from order-service; expected ${result}`);
  }
}

/** The files of an app, copied from its container. */
async function filesOf(app: string, compose: Compose, folder: string) {
  const copy = async (file: string) => {
    const path = join(folder, `${app}-${file}`);
    writeFileSync(path, await compose.read(app, `/run/ftgo/${file}`), { mode: 0o600 });
    return path;
  };
  return { certFile: await copy('tls.crt'), keyFile: await copy('tls.key'), caFile: await copy('ca.crt') };
}

async function resultOfCall(tls: Awaited<ReturnType<typeof filesOf>> | undefined): Promise<string> {
  const client = grpcClient(OrderServiceApi, { url: `127.0.0.1:${ports.get('order-service')}`, tls });
  const call = client.calls.getOrder({ orderId: 1 }).then(
    () => 'an order',
    (error: Error & { readonly status?: string; readonly code?: string }) => error.status ?? error.code ?? error.name,
  );
  return call.finally(() => client.close());
}
