import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CertificateAuthority } from '@ftgo/runner/certificates';
import { adminUser, appUsers } from '@ftgo/runner/kafka-access';
import { execa } from 'execa';
import { certificatesOf } from '../../manifests.js';

/** The node port of the issuer. */
const issuerPort = 30_100;

/** What the platform provides in production, made for one test. */
export interface ProductionSecrets {
  readonly issuer: string;
  /** The authority of Kafka's and the issuer's certificate. */
  readonly caFile: string;
  /** The password of all people who sign in. */
  readonly people: string;
  readonly passwordOf: (kafkaUser: string) => string;
  /** The content of the Secrets, by their names. */
  readonly content: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Needs openssl. The certificate is for the names by which pods and this machine reach Kafka and the issuer. */
export async function makeSecrets(folder: string, nodeAddress: string): Promise<ProductionSecrets> {
  const [keyFile, caFile] = [join(folder, 'server.key'), join(folder, 'ca.crt')];
  const names = `subjectAltName=DNS:ftgo-kafka-bootstrap,DNS:localhost,IP:${nodeAddress}`;
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile];
  await execa('openssl', ['req', '-x509', ...key, '-out', caFile, '-days', '2', '-subj', '/CN=ftgo', '-addext', names]);
  const ca = readFileSync(caFile, 'utf8');
  const secret = () => randomBytes(24).toString('hex');
  const passwords = new Map([adminUser, ...appUsers().map(({ name }) => name)].map((user) => [user, secret()]));
  const passwordOf = (user: string) => passwords.get(user) ?? '';
  const issuer = `https://${nodeAddress}:${issuerPort}`;
  const [people, gateway] = [secret(), secret()];
  const ofUsers = appUsers().map(({ name }) => [`kafka-${name}`, { password: passwordOf(name) }] as const);
  return {
    issuer,
    caFile,
    people,
    passwordOf,
    content: {
      ...Object.fromEntries(ofUsers),
      ...issuedSecrets(folder),
      'ftgo-cluster-ca-cert': { 'ca.crt': ca },
      'api-gateway-oidc': { 'client-secret': gateway },
      'stand-ins': {
        'ca.crt': ca,
        'server.pem': readFileSync(keyFile, 'utf8') + ca,
        'https.cjs': readFileSync(join(import.meta.dirname, 'https.cjs'), 'utf8'),
        admin: passwordOf(adminUser),
        issuer,
        people,
        clients: `api-gateway=${gateway}`,
      },
    },
  };
}

/** As cert-manager does. */
function issuedSecrets(folder: string): ProductionSecrets['content'] {
  const authority = new CertificateAuthority(mkdtempSync(join(folder, 'services-')), 'FTGO services', 2);
  const secrets = certificatesOf('components/mutual-tls').map(({ secretName, dnsNames }) => {
    const { certificate, privateKey } = authority.issue(dnsNames);
    return [secretName, { 'tls.crt': certificate, 'tls.key': privateKey, 'ca.crt': authority.certificate }] as const;
  });
  return Object.fromEntries(secrets);
}

/** Writes Secrets and other objects to a file that kubectl can apply; JSON is YAML. */
export function writeObjects(file: string, objects: readonly object[]): void {
  writeFileSync(file, objects.map((object) => JSON.stringify(object)).join('\n---\n'), { mode: 0o600 });
}
