import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { parse, parseAllDocuments } from 'yaml';
import { declared } from './declared.js';

export interface Container {
  readonly image: string;
  readonly args?: readonly string[];
  readonly command?: readonly string[];
  readonly ports?: unknown;
  readonly env?: ReadonlyArray<{ readonly name: string; readonly value: string }>;
  readonly volumeMounts?: ReadonlyArray<{ readonly name: string; readonly mountPath: string }>;
  readonly startupProbe: { readonly httpGet: unknown };
  readonly livenessProbe: { readonly httpGet: unknown };
  readonly readinessProbe: { readonly httpGet: unknown };
  readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
}

export interface PodSpec {
  readonly serviceAccountName: string;
  readonly terminationGracePeriodSeconds: number;
  readonly containers: readonly [Container];
  readonly initContainers: readonly [Container];
  readonly volumes?: unknown;
}

/** The properties of objects of any kind in k8s/ that the tests use; callers know the kind. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules: ReadonlyArray<{ readonly resourceNames?: readonly string[] }>;
  readonly spec: {
    readonly template: { readonly metadata: { readonly annotations?: unknown }; readonly spec: PodSpec };
    readonly ports: unknown;
    readonly selector: { readonly matchLabels: unknown };
    readonly podSelector: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly ingress?: readonly unknown[];
    readonly egress?: ReadonlyArray<{ readonly ports: ReadonlyArray<{ readonly port: number }> }>;
    readonly scaleTargetRef: { readonly name: string };
    readonly maxReplicas: number;
    readonly partitions: number;
    readonly config: Readonly<Record<string, number>>;
    readonly kafka: { readonly config: Readonly<Record<string, unknown>>; readonly listeners: readonly unknown[] };
    readonly entityOperator: { readonly template: StrimziTemplate };
  };
}

/** What Strimzi is to set in the pods that it creates, by pod or container. */
export type StrimziTemplate = Readonly<Record<string, { readonly securityContext: unknown }>>;

export interface Kustomization {
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly images?: ReadonlyArray<{ readonly name: string; readonly newTag: string }>;
  readonly configMapGenerator?: ReadonlyArray<{
    readonly name: string;
    readonly literals?: readonly string[];
    readonly files?: readonly string[];
  }>;
  readonly patches?: ReadonlyArray<{ readonly path?: string; readonly target: { readonly name?: string }; readonly patch?: string }>;
}

/** An object of k8s/ by kind and name. */
export const one = (manifests: readonly Manifest[], kind: string, name: string): Manifest =>
  declared(
    manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name),
    `k8s/ has no ${kind} ${name}`,
  );

/** The folders whose kustomizations make up an overlay, in the order in which they are merged. */
export const partsOf = (overlay: string): string[] => [
  'base',
  ...(kustomizationOf(overlay).components ?? []).map((component) => join(overlay, component)),
  overlay,
];

/** The ConfigMap of an overlay after all merges. */
export function settingsOf(overlay: string): Record<string, string> {
  const literals = partsOf(overlay).flatMap((folder) =>
    (kustomizationOf(folder).configMapGenerator ?? []).filter(({ name }) => name === 'ftgo').flatMap((map) => map.literals ?? []),
  );
  return Object.fromEntries(literals.map((literal) => literal.split(/=(.*)/s, 2) as [string, string]));
}

export const folderOf = (folder: string) => join(repository, 'k8s', folder);

/** Every object in a folder of k8s/, before kustomize changes it. */
export function manifestsOf(folder: string): Manifest[] {
  const { resources = [] } = kustomizationOf(folder);
  const files = resources.filter((resource) => resource.endsWith('.yaml'));
  return files.flatMap((file) => objectsIn(join(folderOf(folder), file)));
}

export const objectsIn = (file: string): Manifest[] => objectsOf(readFileSync(file, 'utf8'));

const objectsOf = (text: string): Manifest[] => parseAllDocuments(text).map((document) => document.toJS() as Manifest);

/** Every object of a folder of k8s/, as kubectl applies them. Needs kubectl, but no cluster. */
export const builtFrom = (folder: string): Manifest[] =>
  objectsOf(execFileSync('kubectl', ['kustomize', folderOf(folder)], { encoding: 'utf8', maxBuffer: 16_000_000 }));

export const kustomizationOf = (folder: string): Kustomization =>
  parse(readFileSync(join(folderOf(folder), 'kustomization.yaml'), 'utf8')) as Kustomization;

/** A certificate that cert-manager is to issue, and the Secret in which it writes it. */
export interface DeclaredCertificate {
  readonly secretName: string;
  readonly dnsNames: readonly string[];
}

/** The certificates of apps in a folder of k8s/; not those of authorities. */
export const certificatesOf = (folder: string): DeclaredCertificate[] =>
  manifestsOf(folder)
    .filter(({ kind }) => kind === 'Certificate')
    .map(({ spec }) => spec as unknown as DeclaredCertificate & { readonly isCA?: boolean })
    .filter(({ isCA }) => !isCA);

/** Folders below k8s/ with a kustomization. */
export function kustomizedFolders(): string[] {
  const entries = readdirSync(folderOf(''), { recursive: true, encoding: 'utf8' });
  return entries.filter((entry) => entry.endsWith('kustomization.yaml')).map((entry) => entry.slice(0, -'/kustomization.yaml'.length));
}
