import { identifiedAppsIn } from './callers.js';
import type { Drawing } from './drawing.js';
import { yaml } from './kafka-access.js';

const folder = '/run/secrets/tls';

/** The Secret with the certificate of an app. */
const secretOf = (app: string): string => `${app}-tls`;

/** The name of the app is the only one that its peers check. The key is replaced with each certificate. */
const certificateFor = (app: string) => ({
  apiVersion: 'cert-manager.io/v1',
  kind: 'Certificate',
  metadata: { name: app },
  spec: {
    secretName: secretOf(app),
    dnsNames: [app],
    usages: ['digital signature', 'server auth', 'client auth'],
    duration: '2160h',
    renewBefore: '720h',
    privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
    issuerRef: { group: 'cert-manager.io', kind: 'Issuer', name: 'services' },
  },
});

/** How the pods of an app get the files. */
function deploymentPatch(app: string) {
  const env = [
    { name: 'FTGO_TLS_CERT_FILE', value: `${folder}/tls.crt` },
    { name: 'FTGO_TLS_KEY_FILE', value: `${folder}/tls.key` },
    { name: 'FTGO_TLS_CA_FILE', value: `${folder}/ca.crt` },
  ];
  const volumeMounts = [{ name: 'tls', mountPath: folder, readOnly: true }];
  const volumes = [{ name: 'tls', secret: { secretName: secretOf(app) } }];
  const spec = { template: { spec: { containers: [{ name: 'app', env, volumeMounts }], volumes } } };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: app }, spec };
}

const component = 'k8s/components/mutual-tls';
const forEachApp = (draw: (app: string) => object) => (root: string) => yaml(identifiedAppsIn(root).map(({ name }) => draw(name)));

/** Certificates by which services identify each other, and the pods that use them. */
export const mutualTls: readonly Drawing[] = [
  { file: `${component}/certificates.yaml`, draw: forEachApp(certificateFor) },
  { file: `${component}/deployments.yaml`, draw: forEachApp(deploymentPatch) },
];
