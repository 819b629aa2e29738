import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ObservedSystem, type Reading } from './observed-system.js';
import type { ServiceAddress } from './target.js';

const count: Reading<{ readonly count: number }, number> = {
  path: 'things?limit=1',
  fromBody: (body) => body.count,
  fromDatabase: async () => 7,
};

describe('a service', () => {
  let server: Server;
  let status: number;
  let body: object;
  let requests: string[];
  let lines: string[];
  let system: ObservedSystem;

  beforeEach(async () => {
    [status, body, requests, lines] = [200, { count: 3 }, [], []];
    server = createServer(({ url = '' }, response) => {
      requests.push(url);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const target = { services: [service('ftgo_kitchen')], isOurs: true, processes: () => Promise.resolve([]) };
    system = new ObservedSystem(target, (line) => lines.push(line));
  });
  afterEach(async () => {
    await system.close();
    server.close();
  });

  const service = (database: string, url?: string): ServiceAddress => ({
    name: 'kitchen-service',
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`,
    managementUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/management`,
    database: { name: database, url },
    ownsSagas: false,
  });
  // Its reader needs no connection.
  const withDatabase = () => service('ftgo_kitchen', 'postgres://127.0.0.1:1/ftgo_kitchen');

  it('is asked for things at its API, and for its operations at its port for operators', async () => {
    expect(await system.get('kitchen-service', '/things/1')).toEqual({ value: { count: 3 } });
    expect(await system.read(withDatabase(), count)).toEqual({ value: 3 });
    await system.act(withDatabase(), 'things/1/retry', {});
    await system.health();
    const operations = ['operations/things?limit=1', 'operations/things/1/retry', 'health/ready'];
    expect([requests, lines]).toEqual([['/api/things/1', ...operations.map((path) => `/management/${path}`)], []]);
  });

  it('is replaced by its database if it does not respond: it is asked once, and one line reports it', async () => {
    status = 503;
    expect(await system.read(withDatabase(), count)).toEqual({ value: 7 });
    expect(await system.read(withDatabase(), count)).toEqual({ value: 7 });
    expect([requests.length, lines]).toEqual([1, ['kitchen-service returned HTTP 503; reading database ftgo_kitchen']]);
  });

  it('is replaced by its database if its version does not serve what is read', async () => {
    [status, body] = [404, { code: 'ROUTE_NOT_FOUND' }];
    expect(await system.read(withDatabase(), count)).toEqual({ value: 7 });
  });

  it('leaves what is read unknown if it does not respond and its database is unknown too', async () => {
    status = 503;
    expect(await system.read(service('ftgo_kitchen'), count)).toEqual({ unknown: 'kitchen-service returned HTTP 503' });
    expect(lines).toEqual([]);
  });

  it('has unknown data, with the setting to be made, if only its database has them and its URL is unknown', async () => {
    expect(await system.ask(service('ftgo_kitchen'), () => Promise.resolve(7))).toEqual({
      unknown: 'cannot query database ftgo_kitchen: its URL is unknown; set FTGO_POSTGRES_URL to the administrator’s URL',
    });
  });

  it('does not have what it returns 404 for', async () => {
    [status, body] = [404, { code: 'THING_NOT_FOUND' }];
    expect(await system.read(withDatabase(), count)).toEqual({ value: undefined });
  });

  it('leaves what is read unknown if it has no route for it: the reason shows where it was asked', async () => {
    [status, body] = [404, { code: 'ROUTE_NOT_FOUND' }];
    const { url } = service('ftgo_kitchen');
    expect(await system.get('kitchen-service', '/things/1')).toEqual({
      unknown: `kitchen-service returned HTTP 404 (${url}/things/1)`,
    });
  });
});
