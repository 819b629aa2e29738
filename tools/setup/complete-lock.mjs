// Adds lock entries for the platform packages (optionalDependencies) that the registry in use does not carry,
// so that `npm ci` accepts the lock here and installs the right binaries on other platforms.
import { readFileSync, writeFileSync } from 'node:fs';

const file = process.argv[2] ?? 'package-lock.json';
const lock = JSON.parse(readFileSync(file, 'utf8'));
const osOf = (n) =>
  ['android', 'darwin', 'freebsd', 'netbsd', 'openbsd', 'openharmony', 'aix', 'sunos', 'linux', 'win32', 'windows'].find((o) =>
    new RegExp(`(^|[-/])${o}(-|$)`).test(n),
  ) ?? (/linux/.test(n) ? 'linux' : undefined);
const cpuOf = (n) =>
  [
    ['arm64', /arm64|aarch64/],
    ['x64', /x64|x86_64|amd64/],
    ['ia32', /ia32|x86(?!_64)/],
    ['arm', /arm(?!64)|armv7/],
    ['riscv64', /riscv64/],
    ['s390x', /s390x/],
    ['ppc64', /ppc64/],
    ['loong64', /loong64/],
    ['mips64el', /mips64el/],
    ['wasm32', /wasm32|wasm/],
  ].find(([, r]) => r.test(n))?.[0];

/** Whether `name` can be resolved from the package at `path`. */
function isLocked(name, path) {
  for (let at = path; ; at = at.includes('/node_modules/') ? at.slice(0, at.lastIndexOf('/node_modules/')) : '') {
    if (lock.packages[`${at ? `${at}/` : ''}node_modules/${name}`]) return true;
    if (!at) return false;
  }
}

function entryFor(name, version, { dev }) {
  const [os, cpu] = [osOf(name), cpuOf(name)];
  if (!/^\d/.test(version) || (!os && !cpu)) return undefined;
  const glibc = /gnu/.test(name) && os === 'linux' ? ['glibc'] : undefined;
  return {
    version,
    cpu: cpu && [cpu],
    dev: dev || undefined,
    optional: true,
    os: os && [os === 'windows' ? 'win32' : os],
    libc: /musl/.test(name) ? ['musl'] : glibc,
  };
}

let added = 0;
for (const [path, pkg] of Object.entries({ ...lock.packages })) {
  for (const [name, version] of Object.entries(pkg.optionalDependencies ?? {})) {
    if (isLocked(name, path)) continue;
    const entry = entryFor(name, version, pkg);
    if (entry) lock.packages[`node_modules/${name}`] = entry;
    console.log(entry ? 'added' : 'skipped', name, version, 'of', path || 'the root');
    added += entry ? 1 : 0;
  }
}
const { '': root, ...rest } = lock.packages;
lock.packages = { '': root, ...Object.fromEntries(Object.entries(rest).toSorted(([a], [b]) => a.localeCompare(b, 'en'))) };
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added, 'entries added');
