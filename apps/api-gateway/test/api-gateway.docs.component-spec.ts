import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiGatewayUnderTest, startApiGateway } from './api-gateway.js';

describe('the API definitions of api-gateway', () => {
  let gateway: ApiGatewayUnderTest;
  const read = (path: string) => gateway.get(path);
  const typeOf = async (path: string) => (await read(path)).headers['content-type'];

  beforeAll(async () => {
    gateway = await startApiGateway();
  });
  afterAll(() => gateway?.close());

  it('are files: OpenAPI, AsyncAPI, proto and the schema of GraphQL', async () => {
    expect((await read('/docs/openapi.json')).json()).toMatchObject({ openapi: '3.1.0', info: { title: 'api-gateway' } });
    expect((await read('/docs/openapi/order-service.json')).json()).toMatchObject({ info: { title: 'order-service' } });
    expect((await read('/docs/asyncapi.json')).json()).toMatchObject({ asyncapi: '3.0.0', info: { title: 'FTGO' } });
    expect((await read('/docs/asyncapi/kitchen-service.json')).json()).toMatchObject({ info: { title: 'kitchen-service' } });
    expect((await read('/docs/proto/ftgo/order/v1/service.proto')).body).toContain('service OrderService {');
    expect((await read('/docs/schema.graphql')).body).toContain('type Query {');
    expect([await typeOf('/docs/openapi.json'), await typeOf('/docs/schema.graphql')]).toEqual([
      'application/json',
      'text/plain; charset=utf-8',
    ]);
  });

  it('are what each app serves itself', async () => {
    const { servers: _, ...served } = (await read('/openapi.json')).json<{ servers: unknown }>();
    expect((await read('/docs/openapi.json')).json()).toMatchObject(served);
    expect((await read('/asyncapi.json')).body).toBe((await read('/docs/asyncapi/api-gateway.json')).body);
  });

  it('are pages whose links and scripts the gateway itself serves', async () => {
    const pages = ['/docs', '/docs/rest.html', '/docs/messages.html', '/docs/proto.html'];
    for (const page of pages) {
      const { headers, body } = await read(page);
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(headers['content-security-policy']).toContain("script-src 'self';");
      expect(body).not.toContain('<script>');
    }
    const bodies = await Promise.all(pages.map(async (page) => (await read(page)).body));
    const links = new Set(
      bodies.flatMap((body) => [...body.matchAll(/(?:href|src|"url")(?:=|:)"([^"#]+)"/g)].map(([, link]) => link as string)),
    );
    expect([...links].filter((link) => !link.startsWith('/'))).toEqual([]);
    const found = await Promise.all(
      [...links].filter((link) => link !== '/graphql').map(async (link) => [link, (await read(link)).statusCode]),
    );
    expect(found.filter(([, status]) => status !== 200)).toEqual([]);
    expect(found.length).toBeGreaterThan(40);
  });

  it('link every type that they mention', async () => {
    for (const page of ['/docs/messages.html', '/docs/proto.html']) {
      const { body } = await read(page);
      const places = new Set([...body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
      expect([...body.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id).filter((id) => !places.has(id))).toEqual([]);
    }
  });

  it('contain nothing else from the repository', async () => {
    for (const path of ['/docs/version', '/docs/released/release.json', '/docs/../package.json', '/docs/proto/..%2f..%2fpackage.json'])
      expect((await read(path)).statusCode).toBe(404);
  });

  it('omit the schema of GraphQL where clients may not read it', async () => {
    const closed = await startApiGateway({ graphqlExplorer: false });
    try {
      expect((await closed.get('/docs/schema.graphql')).statusCode).toBe(404);
      expect((await closed.get('/docs')).statusCode).toBe(200);
    } finally {
      await closed.close();
    }
  });

  it('are not served with FTGO_API_DOCS=off', async () => {
    const closed = await startApiGateway({ apiDocs: 'off' });
    try {
      for (const path of ['/docs', '/docs/openapi.json']) expect([path, (await closed.get(path)).statusCode]).toEqual([path, 404]);
    } finally {
      await closed.close();
    }
  });
});
