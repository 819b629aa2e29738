import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { parse, parseAllDocuments } from 'yaml';

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
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules: ReadonlyArray<{ readonly resourceNames?: readonly string[] }>;
  readonly spec: {
    readonly template: { readonly spec: PodSpec };
    readonly ports: unknown;
    readonly selector: { readonly matchLabels: unknown };
    readonly podSelector: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly ingress?: readonly unknown[];
    readonly egress?: ReadonlyArray<{ readonly ports: ReadonlyArray<{ readonly port: number }> }>;
    readonly scaleTargetRef: { readonly name: string };
    readonly maxReplicas: number;
    readonly partitions: number;
    readonly config: Readonly<Record<string, number>>;
    readonly kafka: { readonly config: Readonly<Record<string, unknown>> };
  };
}

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

export const folderOf = (folder: string) => join(repository, 'k8s', folder);

/** Every object in a folder of k8s/, before kustomize changes it. */
export function manifestsOf(folder: string): Manifest[] {
  const { resources = [] } = kustomizationOf(folder);
  const files = resources.filter((resource) => resource.endsWith('.yaml'));
  return files.flatMap((file) => objectsIn(join(folderOf(folder), file)));
}

export function objectsIn(file: string): Manifest[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as Manifest);
}

export const kustomizationOf = (folder: string): Kustomization =>
  parse(readFileSync(join(folderOf(folder), 'kustomization.yaml'), 'utf8')) as Kustomization;

/** Folders below k8s/ with a kustomization. */
export function kustomizedFolders(): string[] {
  const entries = readdirSync(folderOf(''), { recursive: true, encoding: 'utf8' });
  return entries.filter((entry) => entry.endsWith('kustomization.yaml')).map((entry) => entry.slice(0, -'/kustomization.yaml'.length));
}
