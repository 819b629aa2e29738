import { join } from 'node:path';
import { identifiedApps } from '@ftgo/contracts/callers';
import { findApps, repository } from '@ftgo/runner/workspace';
import { describe, expect, test } from 'vitest';
import { certificatesOf, folderOf, kustomizationOf, type Manifest, manifestsOf, objectsIn, one } from '../manifests.js';
import { schemaOf } from './config-schema.js';

const component = 'components/mutual-tls';
const manifests = manifestsOf(component);
const patches = objectsIn(join(folderOf(component), 'deployments.yaml'));
const certificates = certificatesOf(component);
const secretOf = (app: string) => certificates.find(({ dnsNames }) => dnsNames.join() === app)?.secretName;
const specOf = (manifest: Manifest) => manifest.spec as unknown as CertificateSpec & IssuerSpec;

interface CertificateSpec {
  readonly secretName: string;
  readonly usages?: readonly string[];
  readonly isCA?: boolean;
  readonly privateKey: unknown;
  readonly issuerRef: { readonly name: string };
}
interface IssuerSpec {
  readonly ca?: { readonly secretName: string };
  readonly selfSigned?: unknown;
}

describe('certificates between services', () => {
  test('are for every app that has settings for them, and for no other', async () => {
    const apps = findApps(join(repository, 'apps'), { isSecure: true }).map(({ name }) => name);
    const schemas = await Promise.all(apps.map(async (app) => [app, await schemaOf(app)] as const));
    const expected = schemas.filter(([, { shape }]) => 'tlsCertFile' in shape).map(([app]) => app);
    expect(identifiedApps.toSorted()).toEqual(expected);
  });

  test('are part of the production overlay', () => {
    expect(kustomizationOf('overlays/production').components).toContain('../../components/mutual-tls');
  });

  test.each(identifiedApps)('name %s, and nothing else, and reach only its pods', (app) => {
    const secretName = secretOf(app);
    expect(secretName).toBe(`${app}-tls`);
    const users = patches.filter(({ spec }) => JSON.stringify(spec).includes(`"${secretName}"`));
    expect(users.map(({ kind, metadata }) => [kind, metadata.name])).toEqual([['Deployment', app]]);
    const { containers, volumes } = one(patches, 'Deployment', app).spec.template.spec;
    expect(volumes).toEqual([{ name: 'tls', secret: { secretName } }]);
    expect(containers[0].volumeMounts).toEqual([{ name: 'tls', mountPath: '/run/secrets/tls', readOnly: true }]);
    expect(containers[0].env).toEqual([
      { name: 'FTGO_TLS_CERT_FILE', value: '/run/secrets/tls/tls.crt' },
      { name: 'FTGO_TLS_KEY_FILE', value: '/run/secrets/tls/tls.key' },
      { name: 'FTGO_TLS_CA_FILE', value: '/run/secrets/tls/ca.crt' },
    ]);
  });

  test('are valid on both sides of a connection, and have a new key each time', () => {
    for (const { spec } of manifests.filter((each) => each.kind === 'Certificate' && !specOf(each).isCA))
      expect(spec).toMatchObject({
        usages: ['digital signature', 'server auth', 'client auth'],
        privateKey: { rotationPolicy: 'Always' },
      });
  });

  test('have an authority of their own, which keeps its key when it is renewed', () => {
    const issuers = certificateSpecs().filter(({ isCA }) => !isCA);
    expect(new Set(issuers.map(({ issuerRef }) => issuerRef.name))).toEqual(new Set(['services']));
    const { ca } = specOf(one(manifests, 'Issuer', 'services'));
    const [authority, ...others] = certificateSpecs().filter(({ isCA }) => isCA);
    expect(authority).toMatchObject({ secretName: ca?.secretName, privateKey: { rotationPolicy: 'Never' } });
    expect(specOf(one(manifests, 'Issuer', authority?.issuerRef.name ?? ''))).toEqual({ selfSigned: {} });
    expect(others).toEqual([]);
  });
});

const certificateSpecs = () => manifests.filter(({ kind }) => kind === 'Certificate').map(specOf);
