import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { OrderServiceApi } from '@ftgo/contracts/order';
import { CertificateFiles, eventually, noCertificates, TestAuthority } from '@ftgo/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type GrpcClient, grpcClient } from '../src/index.js';
import { order, type RunningServer, startOrderService } from './order-service.fixture.js';

const why = noCertificates();

describe.skipIf(why)(`gRPC with certificates on both sides${why ? ` (${why})` : ''}`, () => {
  let authority: TestAuthority;
  let server: RunningServer;
  let serverFiles: CertificateFiles;
  const open: Array<{ close?(): unknown; delete?(): void }> = [];

  const filesOf = (name: string, issuer = authority, trusted = issuer): CertificateFiles => {
    const files = new CertificateFiles(trusted.certificate, issuer.issue([name]));
    open.push(files);
    return files;
  };
  const clientWith = (tls: CertificateFiles | undefined, url = server.url): GrpcClient<typeof OrderServiceApi> => {
    const client = grpcClient(OrderServiceApi, { url, tls, deadlineMs: 10_000 });
    open.push(client);
    return client;
  };
  const getOrder = (tls: CertificateFiles | undefined) => clientWith(tls).calls.getOrder({ orderId: 17 });
  const denied = { name: 'RpcFailed', status: 'PERMISSION_DENIED' };
  const refused = { name: 'DependencyUnavailable' };

  beforeAll(async () => {
    authority = new TestAuthority();
    serverFiles = new CertificateFiles(authority.certificate, authority.issue(['order-service']));
    const { certFile, keyFile, caFile } = serverFiles;
    server = await startOrderService({}, { tls: { certFile, keyFile, caFile, callers: ['courier-gateway'] } });
  });
  afterEach(async () => {
    for (const each of open.splice(0).toReversed()) {
      await each.close?.();
      each.delete?.();
    }
  });
  afterAll(async () => {
    await server?.close();
    serverFiles?.delete();
    authority?.delete();
  });

  it('admits an app that calls the service according to the context map', async () => {
    await expect(getOrder(filesOf('api-gateway'))).resolves.toEqual({ order });
  });

  it('admits a caller that the settings add', async () => {
    await expect(getOrder(filesOf('courier-gateway'))).resolves.toEqual({ order });
  });

  it('denies unary calls and streams to an app that does not call the service', async () => {
    const kitchen = filesOf('kitchen-service');
    await expect(getOrder(kitchen)).rejects.toMatchObject(denied);
    const stream = clientWith(kitchen).calls.watchOrder({ orderId: 17, afterVersion: 0 });
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject(denied);
  });

  it('denies calls if only the subject of the certificate names an app that may call', async () => {
    const files = new CertificateFiles(authority.certificate, authority.issue(['kitchen-service'], { subject: 'api-gateway' }));
    open.push(files);
    await expect(getOrder(files)).rejects.toMatchObject(denied);
  });

  it('refuses connections in clear text, and with certificates of another authority', async () => {
    const foreign = new TestAuthority('foreign');
    open.push(foreign);
    await expect(getOrder(undefined)).rejects.toMatchObject(refused);
    await expect(getOrder(filesOf('api-gateway', foreign, authority))).rejects.toMatchObject(refused);
  });

  it('refuses to call another process at the address of a service', async () => {
    const { certificate: cert, privateKey: key } = authority.issue(['kitchen-service', 'IP:127.0.0.1']);
    const impostor = createSecureServer({ cert, key }).listen(0, '127.0.0.1');
    await once(impostor, 'listening');
    open.push(impostor);
    const client = clientWith(filesOf('api-gateway'), `127.0.0.1:${(impostor.address() as AddressInfo).port}`);
    await expect(client.calls.getOrder({ orderId: 17 })).rejects.toMatchObject(refused);
  });

  it('does not start with the certificate of another app', async () => {
    await expect(startOrderService({}, { tls: filesOf('kitchen-service') })).rejects.toThrow(
      'FTGO_TLS_CERT_FILE is invalid (its certificate is for DNS:kitchen-service); set it to a certificate with the alternative name DNS:order-service',
    );
  });

  it('replaces certificates and their authority under load without a failed call', async () => {
    const [old, next] = [new TestAuthority('old'), new TestAuthority('next')];
    const both = old.certificate + next.certificate;
    const start = async (files: CertificateFiles): Promise<RunningServer> => {
      // Connections are replaced all the time, so that calls depend on the files in every state.
      const started = await startOrderService({}, { tls: files, limits: { grpcMaxConnectionAgeMs: 400 } });
      open.push(old, next, started);
      return started;
    };
    const files = (authorities: string, issuer: TestAuthority, name: string): CertificateFiles => {
      const made = new CertificateFiles(authorities, issuer.issue([name]));
      open.push(made);
      return made;
    };
    const [ofServer, ofClient] = [files(old.certificate, old, 'order-service'), files(old.certificate, old, 'api-gateway')];
    const renewed = await start(files(both, next, 'order-service'));
    const strict = await start(files(next.certificate, next, 'order-service'));
    const service = await start(ofServer);
    const succeeds = (tls: CertificateFiles, { url }: RunningServer) =>
      eventually(() => clientWith(tls, url).calls.getOrder({ orderId: 17 }));

    const client = clientWith(ofClient, service.url);
    const load = new AbortController();
    let calls = 0;
    const working = Promise.all(
      Array.from({ length: 8 }, async () => {
        for (; !load.signal.aborted; calls += 1) await client.calls.getOrder({ orderId: 17 });
      }),
    );
    const further = async () => {
      const from = calls;
      await eventually(() => expect(calls).toBeGreaterThan(from + 100));
    };

    await further();
    for (const each of [ofServer, ofClient]) each.trust(both);
    await succeeds(ofClient, renewed);
    await succeeds(files(old.certificate, next, 'api-gateway'), service);
    ofServer.replace(next.issue(['order-service']));
    ofClient.replace(next.issue(['api-gateway']));
    await succeeds(ofClient, strict);
    await succeeds(files(next.certificate, next, 'api-gateway'), service);
    for (const each of [ofServer, ofClient]) each.trust(next.certificate);
    const withdrawn = files(next.certificate, old, 'api-gateway');
    await eventually(() => expect(clientWith(withdrawn, service.url).calls.getOrder({ orderId: 17 })).rejects.toMatchObject(refused));
    await further();
    load.abort();
    await working;
  });
});
