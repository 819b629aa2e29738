import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IForbiddenRuleType } from 'dependency-cruiser';

const tests = String.raw`(\.spec|-spec)\.ts$|/test/`;
const kafkaClients = 'node_modules/(@platformatic/kafka|kafkajs)/';

/** The libs that each lib may import: only those below it. */
const libsBelow: Record<string, readonly string[]> = {
  kernel: [],
  ftgo: ['kernel'],
  invariants: [],
  security: ['kernel'],
  messaging: ['kernel'],
  'messaging-kafka': ['kernel', 'messaging'],
  'messaging-postgres': ['kernel', 'messaging'],
  'messaging-nest': ['kernel', 'messaging'],
  'outbox-relay': ['kernel', 'messaging'],
  sagas: ['kernel', 'messaging', 'messaging-nest'],
  contracts: ['kernel', 'ftgo', 'messaging'],
  'event-sourcing': ['kernel', 'messaging'],
  platform: ['kernel', 'ftgo', 'messaging', 'messaging-kafka', 'messaging-nest', 'messaging-postgres', 'security'],
  operations: ['kernel', 'messaging', 'messaging-nest', 'platform', 'sagas', 'security'],
  rpc: ['kernel', 'messaging', 'contracts', 'platform', 'security'],
  rest: ['kernel', 'ftgo', 'contracts', 'platform'],
  'restaurant-replica': ['kernel', 'ftgo', 'messaging', 'messaging-nest', 'contracts', 'operations', 'platform', 'security'],
  runner: ['kernel', 'messaging/src/postgres'],
  testing: [
    'kernel',
    'messaging',
    'messaging-kafka',
    'messaging-nest',
    'messaging-postgres',
    'outbox-relay',
    'contracts',
    'platform',
    'rpc',
    'runner',
  ],
};

/** The folders of a lib that each of its folders may import. */
const foldersBelow: Record<string, Record<string, readonly string[]>> = {
  messaging: {
    telemetry: [],
    postgres: [],
    transaction: ['postgres'],
    schema: [],
    message: ['telemetry'],
    broker: ['message'],
    outbox: ['message', 'operations', 'schema', 'telemetry', 'transaction'],
    inbox: ['broker', 'message', 'transaction'],
    operations: ['transaction'],
    'dead-letters': ['broker', 'inbox', 'message', 'operations', 'transaction'],
    retention: ['outbox', 'transaction'],
    testing: ['broker'],
  },
};

const forbid = (name: string, comment: string, rule: Pick<IForbiddenRuleType, 'from'> & { to: object }): IForbiddenRuleType => ({
  name,
  comment,
  severity: 'error',
  ...rule,
});

/** All import rules. */
export const boundaryRules = (root: string): IForbiddenRuleType[] => [
  ...general,
  ...layers,
  ...insideLibs,
  ...insideApps,
  publicEntries(root),
  pureAggregates(root),
  ...libRules(root),
  ...folderRules,
  ...contextMap(root),
];

const general = [
  forbid('no-unresolvable', 'imported modules must exist', { from: {}, to: { couldNotResolve: true } }),
  forbid('no-circular', 'circular imports are not allowed', { from: {}, to: { circular: true } }),
  forbid('no-undeclared-package', 'declare every imported package in package.json', {
    from: {},
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  }),
  forbid('no-app-to-other-app', 'apps share only the contracts in proto/', {
    from: { path: '^apps/([^/]+)/' },
    to: { path: '^apps/', pathNot: '^apps/$1/' },
  }),
];

const layers = [
  forbid('no-lib-to-app', 'libs do not depend on apps', { from: { path: '^libs/' }, to: { path: '^apps/' } }),
  forbid('no-lib-to-tool', 'move code that tools and libs share into a lib', { from: { path: '^libs/' }, to: { path: '^tools/' } }),
  forbid('no-tool-to-app', 'tools read apps as files or load them by path; move shared code into a lib', {
    from: { path: '^(tools|benchmarks)/' },
    to: { path: '^apps/' },
  }),
  forbid('no-app-to-tool', 'tools check and document the product, which runs without them', {
    from: { path: '^apps/', pathNot: tests },
    to: { path: '^tools/' },
  }),
  forbid('no-runner-in-services', 'services do not start processes', {
    from: { path: '^apps/', pathNot: [tests, '^apps/cli/'] },
    to: { path: '^libs/runner/' },
  }),
  forbid('test-support-in-tests-only', 'test support of a lib is only for tests', {
    from: { path: '^(apps|libs)/([^/]+)/', pathNot: [tests, '^libs/testing/', '^apps/e2e/'] },
    to: { path: '^libs/[^/]+/src/testing/', pathNot: '^$1/$2/' },
  }),
  forbid('examples-in-tests-only', 'contract examples are only for tests', {
    from: { path: '^(apps|libs|tools)/', pathNot: [tests, '^libs/testing/', '^libs/contracts/examples/'] },
    to: { path: '^libs/contracts/examples/' },
  }),
  forbid('examples-import-nothing', 'examples are literal wire data: built by code of either side, they would change with it', {
    from: { path: '^libs/contracts/examples/' },
    to: { path: '.', pathNot: '^libs/contracts/examples/' },
  }),
  forbid('testing-in-tests-only', 'production code does not depend on test support', {
    from: { path: '^(apps|libs|tools)/', pathNot: [tests, '^libs/testing/', '^apps/e2e/'] },
    to: { path: '^libs/testing/' },
  }),
];

/** The folders inside a lib, each as a whole. */
const insideLibs: IForbiddenRuleType[] = [
  {
    ...forbid('no-folder-cycles', 'the folders of platform depend on each other in one direction only', {
      from: { path: '^libs/platform/src/' },
      to: { circular: true },
    }),
    scope: 'folder',
  },
];

const insideApps = [
  forbid('no-repository-in-controllers', 'controllers and handlers translate; the service uses the repository', {
    from: { path: '[.](controller|command-handlers|event-handlers)[.]ts$' },
    to: { path: '[.]repository[.]ts$' },
  }),
  forbid('kafka-in-its-adapter-only', 'all other code uses the broker port', {
    from: { pathNot: ['^libs/messaging-kafka/', '^libs/testing/', '^benchmarks/', tests] },
    to: { path: kafkaClients },
  }),
  forbid('brokers-opened-by-platform', 'services use the broker port; openBroker of platform chooses the adapter', {
    from: { path: ['^apps/', '^libs/platform/'], pathNot: ['^libs/platform/src/broker/', '^apps/cli/src/restore/', tests] },
    to: { path: '^libs/messaging-(kafka|postgres)/' },
  }),
  forbid('messaging-without-nest', 'the core and its adapters run without Nest; libs/messaging-nest integrates it', {
    from: { path: '^libs/(messaging|messaging-kafka|messaging-postgres|outbox-relay)/', pathNot: tests },
    to: { path: ['node_modules/@nestjs/', '^libs/messaging-nest/'] },
  }),
  forbid('sagas-without-nest', 'sagas run without Nest; their entry ./nest integrates it', {
    from: { path: '^libs/sagas/', pathNot: ['^libs/sagas/src/nest/', tests] },
    to: { path: ['node_modules/@nestjs/', '^libs/messaging-nest/', '^libs/sagas/src/nest/'] },
  }),
  forbid('relay-without-handling', 'the relay only publishes and loads no message handling', {
    from: { path: '^libs/outbox-relay/src/', pathNot: tests },
    to: { path: '^libs/messaging/src/(handling|inbox|dead-letters)/', reachable: true },
  }),
  forbid('generated-types-in-contracts-only', 'all other code uses plain values', {
    from: { pathNot: '^libs/contracts/' },
    to: { path: ['^libs/contracts/src/gen/', 'node_modules/@bufbuild/protobuf/'] },
  }),
];

/** The exports of a lib's package.json are its public API; everything else is private. */
function publicEntries(root: string): IForbiddenRuleType {
  const entries = foldersIn(join(root, 'libs')).flatMap((lib) => {
    const { exports = {} } = manifestOf(join(root, 'libs', lib));
    return Object.values(exports).flatMap((entry) => (entry['@ftgo/source'] ? [join('libs', lib, entry['@ftgo/source'])] : []));
  });
  return forbid('libs-by-public-entry-only', 'import only what the package.json of a lib exports', {
    from: { path: '^(apps|libs|tools|benchmarks)/([^/]+)/', pathNot: ['^tools/[^/]+/test/'] },
    to: { path: '^libs/[^/]+/src/', pathNot: ['^$1/$2/', ...entries.map(exactly)] },
  });
}

/** An aggregate is a file with a schema or repository next to it; the rule covers everything that it reaches. */
function pureAggregates(root: string): IForbiddenRuleType {
  const sources = foldersIn(join(root, 'apps')).flatMap((app) =>
    filesIn(join(root, 'apps', app, 'src')).map((file) => join('apps', app, 'src', file)),
  );
  const beside = sources.flatMap((file) => /^(.*)[.](schema|repository)[.]ts$/.exec(file)?.[1] ?? []);
  const aggregates = [...new Set(beside)].map((name) => `${name}.ts`).filter((file) => sources.includes(file));
  const comment =
    'aggregates and values import the kernel, the values of FTGO and each other: no framework, no database, no generated type';
  return forbid('aggregates-are-pure', comment, {
    from: { path: aggregates.length > 0 ? aggregates.map(exactly) : '^nothing$' },
    to: { path: '^libs/(?!kernel/|ftgo/)|node_modules/', reachable: true },
  });
}

const exactly = (path: string) => `^${path.replaceAll('.', '[.]')}$`;

function libRules(root: string): IForbiddenRuleType[] {
  const libs = foldersIn(join(root, 'libs'));
  return libs.map((lib) => {
    const below = libsBelow[lib];
    if (!below) throw new Error(`no rule for libs/${lib}: add the libs that it may import to tools/boundaries/rules.ts`);
    return forbid(`libs-below-${lib}`, `${lib} may import ${below.join(', ') || 'no lib'}`, {
      from: { path: `^libs/${lib}/`, pathNot: tests },
      to: { path: '^libs/', pathNot: `^libs/(${[lib, ...below].join('|')})/` },
    });
  });
}

const folderRules = Object.entries(foldersBelow).flatMap(([lib, folders]) =>
  Object.entries(folders).map(([folder, below]) =>
    forbid(`folders-below-${lib}-${folder}`, `${folder} of ${lib} may import ${below.join(', ') || 'no other folder'}`, {
      from: { path: `^libs/${lib}/src/${folder}/`, pathNot: tests },
      to: { path: `^libs/${lib}/src/[^/]+/`, pathNot: `^libs/${lib}/src/(${[folder, ...below].join('|')})/` },
    }),
  ),
);

/** The contracts that a lib brings into an app. */
export const contractsBroughtBy: Readonly<Record<string, string>> = { 'restaurant-replica': 'restaurant' };

/** The context map: an app may import only the contracts that its package.json lists. */
function contextMap(root: string): IForbiddenRuleType[] {
  return [...contractsOfApps(root)].map(([app, contracts]) => {
    const libsOfOthers = Object.entries(contractsBroughtBy).flatMap(([lib, contract]) => (contracts.includes(contract) ? [] : [lib]));
    // Channels contain the topics and their owners, but no message types.
    const allowed = ['common', 'channels', ...contracts].join('|');
    return forbid(`contracts-of-${app}`, `the context map: ${app} lists ${contracts.join(', ') || 'no contracts'}`, {
      from: { path: `^apps/${app}/` },
      to: {
        path: `^libs/(${['contracts', 'rest', ...libsOfOthers].join('|')})/`,
        pathNot: [`^libs/(contracts|rest)/src/(${allowed})[.]ts$`, '^libs/contracts/examples/'],
      },
    });
  });
}

/** The contracts listed in each app's package.json. */
export function contractsOfApps(root: string): Map<string, readonly string[]> {
  const apps = foldersIn(join(root, 'apps')).map((app) => {
    const { ftgo } = manifestOf(join(root, 'apps', app));
    return [app, ftgo?.contracts ?? []] as const;
  });
  return new Map(apps);
}

interface Manifest {
  readonly exports?: Record<string, { readonly '@ftgo/source'?: string }>;
  readonly ftgo?: { readonly contracts?: readonly string[] };
}

const manifestOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

const foldersIn = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder).filter((name) => existsSync(join(folder, name, 'package.json'))) : [];

/** All files below a folder, as relative paths. */
export const filesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    : [];
