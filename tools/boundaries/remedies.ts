import type { Violation } from './check.js';
import { contractsBroughtBy } from './rules.js';

/** What to add, and where, if the import is intended; undefined if the rule itself is sufficient. */
export function remedyFor(violation: Violation): string | undefined {
  const [prefix] = Object.keys(remedies).filter((start) => violation.rule.startsWith(start));
  return prefix === undefined ? undefined : remedies[prefix]?.(violation);
}

/** By the name of the rule, or its beginning. */
const remedies: Readonly<Record<string, (violation: Violation) => string | undefined>> = {
  'contracts-of-': ({ from, to }) => {
    const contract = contractIn(to);
    if (contract === 'index') return "import one service's contracts: @ftgo/contracts/NAME";
    return contract && `to use them, add "${contract}" to ftgo.contracts in ${manifestOf(from)}`;
  },
  'no-undeclared-package': ({ from, imported }) =>
    imported && `add "${packageOf(imported)}" to ${isTest(from) ? 'devDependencies' : 'dependencies'} in ${manifestOf(from)}`,
  'no-unresolvable': ({ from, imported }) => {
    if (!imported || imported.startsWith('.')) return undefined;
    const lib = /^@ftgo\/([^/]+)\/./.exec(imported)?.[1];
    return lib ? `add it to exports in libs/${lib}/package.json` : `add it to ${manifestOf(from)}, and run npm install`;
  },
  'libs-by-public-entry-only': ({ to }) => `import it from an entry of the lib, or add one to exports in ${manifestOf(to)}`,
  'libs-below-': ({ from, to }) => `if it may, add '${nameOf(to)}' to ${nameOf(from)} in libsBelow of tools/boundaries/rules.ts`,
};

const contractIn = (file: string): string | undefined => {
  const [, lib = '', name] = /^libs\/([^/]+)\/src\/(\w+)\.ts$/.exec(file) ?? [];
  return lib in contractsBroughtBy ? contractsBroughtBy[lib] : name;
};

const nameOf = (file: string): string => file.split('/')[1] ?? '';

const packageOf = (specifier: string): string => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;

/** Of tools and benchmarks, that of the root. */
const manifestOf = (file: string): string => `${/^(apps|libs)\/[^/]+\//.exec(file)?.[0] ?? ''}package.json`;

const isTest = (file: string): boolean => /[.-]spec\.ts$|\/test\//.test(file);
