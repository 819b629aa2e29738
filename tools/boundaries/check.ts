import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { boundaryRules, filesIn } from './rules.js';

/** A violation: the file, what it uses, and the rule. */
export interface Violation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
  readonly comment: string;
  /** The specifier of the import. */
  readonly imported?: string | undefined;
  /** How `from` reaches `to`, without `from`. */
  readonly via?: readonly string[] | undefined;
  /** The files or folders of a cycle. */
  readonly cycle?: readonly string[] | undefined;
}

/** Checks the boundary rules in a tree of apps, libs, tools and benchmarks. */
export async function checkBoundaries(root: string): Promise<Violation[]> {
  return [...(await forbiddenImports(root)), ...environmentReaders(root), ...unnamedExports(root), ...undeclaredMessages(root)];
}

const places = ['apps', 'libs', 'tools', 'benchmarks'];

async function forbiddenImports(root: string): Promise<Violation[]> {
  const forbidden = boundaryRules(root);
  const comments = new Map(forbidden.map(({ name, comment }) => [name, comment]));
  const { output } = await cruise(
    places.filter((place) => existsSync(join(root, place))),
    {
      baseDir: root,
      ruleSet: { forbidden },
      validate: true,
      tsPreCompilationDeps: true,
      combinedDependencies: true,
      doNotFollow: { path: 'node_modules' },
      exclude: { path: '(^|/)dist/' },
      moduleSystems: ['es6', 'cjs'],
    },
    {
      exportsFields: ['exports'],
      conditionNames: ['@ftgo/source', 'node', 'import', 'types', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.json', '.d.ts'],
    },
    { tsConfig: extractTSConfig(join(root, 'tsconfig.base.json')) },
  );
  const { summary } = output as ICruiseResult;
  return summary.violations.map(({ rule, from, to, unresolvedTo, via, cycle }) => ({
    rule: rule.name,
    from,
    to,
    comment: comments.get(rule.name) ?? '',
    imported: unresolvedTo,
    via: via?.map(({ name }) => name),
    cycle: cycle?.map(({ name }) => name),
  }));
}

/** An app reads `process.env` in one file, which validates all of it. Libs receive settings as arguments. */
function environmentReaders(root: string): Violation[] {
  const files = sourcesIn(root, ['apps', 'libs']).filter((file) => !mayReadEnvironment.test(file));
  return violationsIn(root, files, /\bprocess\.env\b|import \{[^}]*\benv\b[^}]*\} from 'node:process'/, {
    rule: 'environment-in-config-only',
    to: 'process.env',
    comment: 'read process.env only in config.ts',
  });
}

const mayReadEnvironment = /(^|\/)config\.ts$|[.-]spec\.ts$|\/test\/|^libs\/testing\/|^apps\/e2e\//;

/** A lib lists its exports by name, so that every new name is deliberate. Generated code is exempt. */
function unnamedExports(root: string): Violation[] {
  const files = sourcesIn(root, ['libs']).filter((file) => !file.includes('/gen/'));
  return violationsIn(root, files, /^export \*/m, {
    rule: 'exports-by-name',
    to: 'export *',
    comment: 'list exports by name',
  });
}

/** A message outside the contracts has no proto file, is missing from the context map and has no compatibility check. */
function undeclaredMessages(root: string): Violation[] {
  const files = sourcesIn(root, ['apps']).filter((file) => !isTest.test(file));
  return violationsIn(root, files, /import \{[^}]*\b(event|command|(event|command|reply)Channel)\b[^}]*\} from '@ftgo\/messaging'/, {
    rule: 'messages-in-contracts-only',
    to: 'event(), command() or a channel of @ftgo/messaging',
    comment: 'declare messages and channels in libs/contracts/src, and their payloads in proto/',
  });
}

const isTest = /[.-]spec\.ts$|\/test\//;

const sourcesIn = (root: string, folders: readonly string[]): string[] =>
  folders
    .flatMap((folder) => filesIn(join(root, folder)).map((file) => join(folder, file)))
    .filter((file) => file.endsWith('.ts') && !/\/(node_modules|dist)\//.test(file));

const violationsIn = (root: string, files: readonly string[], pattern: RegExp, violation: Omit<Violation, 'from'>): Violation[] =>
  files.filter((file) => pattern.test(readFileSync(join(root, file), 'utf8'))).map((from) => ({ ...violation, from }));
