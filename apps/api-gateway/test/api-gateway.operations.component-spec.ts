import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deadLetterExample, sagaExample } from '@ftgo/operations/representations';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiGatewayUnderTest, startApiGateway } from './api-gateway.js';

const at = (minute: number) => `2026-01-31T18:${minute}:00.000Z`;
const letter = (minute: number) => ({ ...deadLetterExample, id: String(minute), storedAt: at(minute) });

/** What the services respond with, by path. */
const bodies: Record<string, Record<string, object>> = {
  order: { sagas: { sagas: [sagaExample] }, 'dead-letters': { deadLetters: [letter(12), letter(14)] } },
  kitchen: { 'dead-letters': { deadLetters: [letter(13)] } },
  delivery: { 'dead-letters': { letters: 'another version of this API' } },
};

describe('what operators see of the whole system at api-gateway', () => {
  let services: Server[];
  let asked: string[];
  let gateway: ApiGatewayUnderTest;

  async function play(name: string): Promise<[string, string]> {
    const server = createServer(({ url = '', method = '' }, response) => {
      asked.push(`${method} ${name}${url}`);
      const body = bodies[name]?.[url.replace(/^\/operations\/([\w-]+)\?.*$/, '$1')];
      response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? {}));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    services.push(server);
    return [`${name}-service`, `http://127.0.0.1:${(server.address() as AddressInfo).port}`];
  }

  beforeEach(async () => {
    [services, asked] = [[], []];
    const urls = await Promise.all(['order', 'kitchen', 'delivery', 'consumer'].map(play));
    services[3]?.close();
    gateway = await startApiGateway({ serviceUrls: Object.fromEntries(urls) });
  });
  afterEach(async () => {
    await gateway.close();
    for (const server of services) server.close();
  });

  it('is what each service lists, with its name', async () => {
    const { deadLetters } = (await gateway.get('/operations/dead-letters')).json<{ deadLetters: object[] }>();
    expect(deadLetters).toEqual([
      { ...letter(12), service: 'order-service' },
      { ...letter(13), service: 'kitchen-service' },
      { ...letter(14), service: 'order-service' },
    ]);
  });

  it('names a service that does not respond, or not as expected, and lists the others', async () => {
    const response = await gateway.get('/operations/dead-letters');
    expect([response.statusCode, response.json()]).toMatchObject([
      200,
      {
        unavailable: [
          { service: 'delivery-service', reason: 'responded in an unexpected form' },
          { service: 'consumer-service', reason: 'does not respond' },
        ],
      },
    ]);
  });

  it('leaves out services that have no sagas', async () => {
    expect((await gateway.get('/operations/sagas')).json()).toEqual({
      sagas: [{ ...sagaExample, service: 'order-service' }],
      unavailable: [{ service: 'consumer-service', reason: 'does not respond' }],
    });
  });

  it('is filtered by the services, and limited as a whole', async () => {
    const { deadLetters } = (await gateway.get('/operations/dead-letters?status=dead&limit=2')).json<{ deadLetters: object[] }>();
    expect(deadLetters).toHaveLength(2);
    expect(asked).toContain('GET kitchen/operations/dead-letters?status=dead&limit=2');
    expect((await gateway.get('/operations/sagas?status=ASLEEP')).statusCode).toBe(400);
  });

  it.each(['/operations/dead-letters/1/discard', '/operations/dead-letters/redrive', '/operations/sagas/1/retry'])(
    'forwards no act: POST %s',
    async (url) => {
      expect((await gateway.post(url, { by: 'olga', reason: 'a test' })).statusCode).toBe(404);
      expect(asked).toEqual([]);
    },
  );
});
