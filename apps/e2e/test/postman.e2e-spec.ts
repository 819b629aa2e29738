import { findApps } from '@ftgo/runner/workspace';
import { givenSystem, type RunningSystem } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTool } from './cli.js';
import { Ftgo } from './ftgo.js';
import { senders } from './http.js';
import { invariants } from './invariants.js';
import { appOf, Collection, environment, type Operation } from './postman/collection.js';
import { OpenApi } from './postman/open-api.js';
import { type Exchange, type Run, runCollection } from './postman/run-collection.js';

const collection = new Collection();
let ftgo: Ftgo<RunningSystem>;
let openApi: OpenApi;
let firstRun: Run;

beforeAll(async () => {
  ftgo = await Ftgo.open();
  const { 'outbox-relay': _, ...withApi } = ftgo.system.management;
  openApi = await OpenApi.of(withApi);
  firstRun = await run();
}, 300_000);

afterAll(() => ftgo?.close());

/** As an operator, while security is on. */
const run = async (): Promise<Run> => runCollection(collection, ftgo.system, await senders()?.operatorToken());

const line = ({ app, method, path }: Operation) => `${app} ${method} ${path}`;
const answered = (isMeant: (status: number) => boolean, problems: (operation: Operation, exchange: Exchange) => readonly string[]) =>
  firstRun.exchanges.flatMap((exchange) => {
    const { operation, name } = exchange.request;
    return operation && isMeant(exchange.status) ? problems(operation, exchange).map((problem) => `${name}: ${problem}`) : [];
  });

describe('the Postman collection', () => {
  test('has a unique name and a test for each request', () => {
    const names = collection.requests.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    const tested = /ftgo\.(answers|eventually|refuses)|pm\.test/;
    expect(collection.requests.filter(({ tests }) => !tested.test(tests)).map(({ name }) => name)).toEqual([]);
  });

  // Operators use `npm run ftgo`.
  const isForClients = ({ path }: Operation) => !path.startsWith('/operations/');

  test('covers every operation that the apps describe for clients, successfully', () => {
    const done = new Set(
      firstRun.exchanges.flatMap(({ request, status }) => (request.operation && status === 200 ? [line(request.operation)] : [])),
    );
    expect(
      openApi.operations
        .filter(isForClients)
        .map(line)
        .filter((operation) => !done.has(operation)),
    ).toEqual([]);
  });

  test('uses only methods, paths, queries and headers that the apps describe', () => {
    const unknown = collection.requests.filter(({ operation }) => operation && !openApi.describes(operation));
    expect(unknown.map(({ name, operation }) => [name, operation])).toEqual([]);
  });

  test('passes on a running system', () => {
    expect(firstRun.failures).toEqual([]);
    expect(firstRun.assertions).toBeGreaterThan(collection.requests.length);
  });

  test('sends bodies as the apps describe them, except in requests that are rejected as invalid', () => {
    expect(
      answered(
        (status) => status !== 400,
        (operation, { sent }) => openApi.wrongInBody(operation, sent),
      ),
    ).toEqual([]);
  });

  test('gets the responses that the apps describe, including problems', () => {
    expect(
      answered(
        () => true,
        (operation, exchange) => openApi.wrongInAnswer(operation, exchange),
      ),
    ).toEqual([]);
  });

  test('passes a second time on the same system', async () => {
    expect((await run()).failures).toEqual([]);
  });

  describe.skipIf(givenSystem())('through npm run postman', () => {
    const postman = async () => {
      const environment = {
        FTGO_HOME: ftgo.system.environment('order-service')['FTGO_HOME'],
        FTGO_ACCESS_TOKEN: await senders()?.operatorToken(),
      };
      return runTool(environment, 'tools/postman/main.ts', '--folder', 'Start here');
    };

    test('passes at the ports of the running system', async () => {
      const { code, out, error } = await postman();
      expect([code, error]).toEqual([0, '']);
      expect(out).toContain(`POST ${ftgo.system.urls['api-gateway']}/consumers`);
    });

    test('sends nothing while an app is unreachable, and reports how to start it', async () => {
      await ftgo.system.stop('kitchen-service');
      const { code, out, error } = await postman();
      await ftgo.system.start('kitchen-service');
      const url = ftgo.system.management['kitchen-service'];
      expect([code, out]).toEqual([1, '']);
      expect(error).toBe(
        `cannot reach kitchen-service at ${url}: connect ECONNREFUSED ${new URL(url ?? '').host}; start it with npm run ftgo -- start kitchen-service\n`,
      );
    });
  });

  test('leaves the invariants intact', async () => expect(await invariants(ftgo)).toEqual([]), 60_000);
});

test.each(['local', 'compose'])('the environment %s has the ports of the apps', (name) => {
  const ports = Object.fromEntries(findApps().map((app) => [app.name, app.http]));
  const expected = Object.fromEntries(Object.entries(appOf).map(([variable, app]) => [variable, `http://localhost:${ports[app]}`]));
  expect(environment(name)).toEqual(expected);
});

test('every environment has the same variables', () => {
  expect(Object.keys(environment('cluster'))).toEqual(Object.keys(environment('local')));
});
