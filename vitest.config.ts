import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// `import` must not be among them: vitest gives them to Node too, and `require` would get ES modules.
const conditions = ['@ftgo/source', 'node', 'default'];

/** As Node resolves it: with the ES module that Vite prefers, two instances of graphql would be loaded. */
const alias = [{ find: /^graphql$/, replacement: 'graphql/index.js' }];

/** Specs of whole systems: one after the other when the rest is done, since an order needs all processors. */
const systems = 'apps/e2e/**/*.e2e-spec.ts';

/** Specs that generate services or paste whole guides, and run the checks of the result, for minutes: `npm run test:generator`. */
const generator = 'tools/generator/test/*.int-spec.ts';

/** Many servers and two instances of every service, for minutes: `npm run test:cluster`. */
const cluster = 'apps/e2e/test/cluster/**';

/** Crashes and outages of whole systems, beyond those in the crash suite and every-process: `npm run test:outages`. */
const outages = 'apps/e2e/test/outages/**';

/** Builds the packages and uses them in projects of their own: `npm run test:packages`. */
const packages = 'tools/packages/test/packages.int-spec.ts';

/** A whole system with Debezium in place of the relay: `npm run test:debezium`. */
const debezium = 'apps/e2e/test/debezium/**';

/** A system that loses its data and is restored, for a minute: `npm run test:restore`. */
const restore = 'apps/e2e/test/restore/**';

/**
 * Specs of whole systems that share one. The first measures its memory; some leave records in it that no service has sent (`planted`),
 * or dead letters, and come late, but before those that place most orders, all of which every check of the invariants reads.
 */
const sharing = [
  'metrics',
  'invariants',
  'order',
  'changing-orders',
  'original-clients',
  'postman',
  'bad-input',
  'personal-data',
  'load',
  'redelivery',
  'database',
  'operator',
  'poison',
  'kafka-outage',
  'every-process',
  'rolling-restart',
].map((name) => `apps/e2e/test/${name}.e2e-spec.ts`);

const isSharing = (path: string): boolean => sharing.some((spec) => path.endsWith(spec));

/** Specs that take a long time, mostly waiting: they start early, so that the last worker is not left alone with one. */
const slow = /kafka-silent|relay-proof|broker-kafka|messaging-kafka.test.secured|false-claims|affected/;

class SlowFirst extends BaseSequencer {
  override async sort(specs: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(specs);
    const first = sorted.filter(({ moduleId }) => slow.test(moduleId));
    const others = sorted.filter(({ moduleId }) => !slow.test(moduleId) && !isSharing(moduleId));
    // In the order of the list.
    const last = sharing.flatMap((spec) => sorted.filter(({ moduleId }) => moduleId.endsWith(spec)));
    return [...first, ...others, ...last];
  }
}

/** Specs of functions and classes, without servers. */
const units = '{libs,apps,tools,benchmarks}/**/*.spec.ts';

/** Specs that change what the others of their process would see: the tracer, the log, the clock, or the name of the service. */
const alone = [
  'libs/*/test/tracing.int-spec.ts',
  'libs/messaging/test/{primary,retention}.int-spec.ts',
  'libs/platform/test/{malformed-requests,migrations,problems,rate-limit}.int-spec.ts',
  'apps/api-gateway/test/api-gateway.docs.component-spec.ts',
];

/** The specs of each of these folders share a process: loading Nest, or the library, takes as long as most of the tests. */
const sharedLibs = ['messaging', 'messaging-kafka', 'messaging-postgres', 'operations', 'outbox-relay', 'platform', 'rpc', 'sagas'];
const folders = globSync(['apps/*-service', 'apps/api-gateway', `libs/{${sharedLibs.join(',')}}`], { cwd: import.meta.dirname });

/** Specs wait for Postgres and Kafka more than they compute. */
const workers = availableParallelism() + 2;

const exclude = [
  '**/node_modules/**',
  '**/dist/**',
  ...(process.env['FTGO_TEST_GENERATOR'] ? [] : [generator]),
  ...(process.env['FTGO_TEST_CLUSTER'] ? [] : [cluster]),
  ...(process.env['FTGO_TEST_OUTAGES'] ? [] : [outages]),
  ...(process.env['FTGO_TEST_PACKAGES'] ? [] : [packages]),
  ...(process.env['FTGO_TEST_DEBEZIUM'] ? [] : [debezium]),
  ...(process.env['FTGO_TEST_RESTORE'] ? [] : [restore]),
];

/** Specs with servers. */
const specs = ['{libs,apps,tools,benchmarks}/**/*spec.ts'];
const parts = (name: string, { isolate = true, ...files }: { include: string[]; exclude: string[]; isolate?: boolean }) => ({
  extends: true as const,
  test: {
    name,
    ...files,
    isolate,
    setupFiles: ['libs/testing/src/answers-as-described.ts', 'libs/testing/src/fail-fast.ts', 'libs/testing/src/worker.ts'],
    maxWorkers: workers,
    sequence: { groupOrder: 0 },
  },
});

export default defineConfig({
  resolve: { conditions, alias },
  ssr: { resolve: { conditions } },
  environments: { __vitest__: { resolve: { conditions } } }, // where the global set-up runs
  server: { watch: { ignored: ['**/.cache/**', '**/.ftgo/**', '**/.nx/**', '**/dist/**'] } }, // --watch beside npm start
  test: {
    environment: 'node',
    pool: 'forks',
    globalSetup: ['libs/testing/src/global-setup.ts'],
    // Some start systems, or run the checks of a clone.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    sequence: { sequencer: SlowFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'units',
          include: [units],
          exclude: [...exclude, systems],
          setupFiles: ['libs/testing/src/worker.ts'],
          maxWorkers: workers,
          isolate: false, // loading the modules would take longer than the tests
          sequence: { groupOrder: 0 },
        },
      },
      parts('parts', { include: specs, exclude: [...exclude, systems, units, ...alone, ...folders.map((folder) => `${folder}/**`)] }),
      parts('parts alone', { include: alone, exclude }),
      ...folders.map((folder) =>
        parts(folder, { include: [`${folder}/**/*spec.ts`], exclude: [...exclude, units, ...alone], isolate: false }),
      ),
      {
        extends: true,
        test: {
          name: 'one system',
          include: sharing,
          exclude,
          setupFiles: ['libs/testing/src/worker.ts'],
          maxWorkers: 1,
          isolate: false, // the system is kept in a module
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'systems',
          include: [systems],
          exclude: [...exclude, ...sharing],
          setupFiles: ['libs/testing/src/worker.ts'],
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
