/** What npm writes to package-lock.json. */
export interface Lock {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

export interface LockEntry {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  /** A package of this workspace. */
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

/** The third-party packages of a lock, by path. */
const installed = ({ packages }: Lock): [path: string, entry: LockEntry][] =>
  Object.entries(packages).filter(([path, { link }]) => path.includes('node_modules/') && !link);

/** What would let another file be installed than the one that was locked. */
export function lockProblems(lock: Lock): string[] {
  return installed(lock).flatMap(([path, { integrity, resolved }]) => [
    ...(integrity?.startsWith('sha512-') ? [] : [`${path}: no sha512 integrity; delete the entry and run npm install --package-lock-only`]),
    ...(resolved === undefined ? [] : [`${path}: names ${resolved}; packages must come from the registry that npm is configured for`]),
  ]);
}

/** Packages with an install script that package.json neither allows nor denies, and decisions about packages without one. */
export function scriptProblems(lock: Lock, allowScripts: Readonly<Record<string, boolean>>): string[] {
  const withScript = new Set(
    installed(lock).flatMap(([path, { hasInstallScript }]) =>
      hasInstallScript ? [path.slice(path.lastIndexOf('node_modules/') + 13)] : [],
    ),
  );
  return [
    ...[...withScript]
      .filter((name) => !(name in allowScripts))
      .map((name) => `${name}: has an install script; decide in allowScripts of package.json`),
    ...Object.keys(allowScripts)
      .filter((name) => !withScript.has(name))
      .map((name) => `${name}: has no install script; delete it from allowScripts of package.json`),
  ];
}
