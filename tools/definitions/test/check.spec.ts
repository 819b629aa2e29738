import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { breakingChanges, faultsIn } from '../check.js';
import { DefinitionsFolder, graphqlSchema } from '../folder.js';
import { isLater, releaseDefinitions, write } from '../release.js';

const root = mkdtempSync(join(tmpdir(), 'definitions-'));
const openApi = 'definitions/openapi/order-service.json';

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties: Record<string, object>; required: string[] }>; messages: Record<string, object> };
  channels: Record<string, { address: string; messages: Record<string, object> }>;
  operations: Record<string, { messages: object[] }>;
}
interface Operation {
  parameters: object[];
  responses: Record<string, { headers?: object; content?: object }>;
}

const edit = (file: string, change: (text: string) => string) =>
  writeFileSync(join(root, file), change(readFileSync(join(root, file), 'utf8')));
const editJson = (file: string, change: (document: Document) => void) =>
  edit(file, (text) => {
    const document = JSON.parse(text) as Document;
    change(document);
    return JSON.stringify(document);
  });
const setVersion = (version: string) => writeFileSync(join(root, 'definitions/version.json'), JSON.stringify({ version }));
const found = () => breakingChanges(root).map(({ definition, at, problem }) => `${definition}: ${at}: ${problem}`);

describe('the definitions of a release', () => {
  beforeEach(() => {
    rmSync(root, { recursive: true, force: true });
    mkdirSync(join(root, dirname(graphqlSchema)), { recursive: true });
    for (const part of ['definitions', 'proto', 'buf.yaml', graphqlSchema])
      cpSync(join(repository, part), join(root, part), { recursive: true });
    setVersion('1.0.0');
    write(new DefinitionsFolder(root));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('are compatible with themselves', () => {
    expect(faultsIn(root)).toEqual([]);
  });

  it.each<[string, (document: Document) => void, string]>([
    ['an operation', ({ paths }) => delete paths['/orders/{orderId}']?.['get'], 'GET /orders/{orderId}: the operation was removed'],
    ['a path', ({ paths }) => delete paths['/orders'], 'POST /orders: the operation was removed'],
    [
      'a parameter',
      ({ paths }) => paths['/orders']?.['post']?.parameters.shift(),
      'POST /orders header parameter Prefer: the parameter was removed',
    ],
    [
      'a mandatory parameter',
      ({ paths }) => paths['/orders']?.['post']?.parameters.push({ name: 'dry', in: 'query', required: true }),
      'POST /orders query parameter dry: the parameter is now required',
    ],
    [
      'a media type',
      ({ paths }) => delete (paths['/orders/{orderId}']!['get']!.responses['200']!.content as Record<string, object>)['application/json'],
      'GET /orders/{orderId} response 200: the media type application/json was removed',
    ],
    [
      'a header',
      ({ paths }) => delete (paths['/orders/{orderId}']!['get']!.responses['200']!.headers as Record<string, object>)['ETag'],
      'GET /orders/{orderId} response 200: the header ETag was removed',
    ],
    [
      'a field of a response',
      ({ components }) => delete components.schemas['Order']!.properties['orderTotal'],
      'GET /orders/{orderId} response 200 application/json/orderTotal: the property was removed',
    ],
    [
      'a mandatory field of a request',
      ({ components }) => components.schemas['CreateOrderRequest']!.required.push('tip'),
      'POST /orders request application/json/tip: the property is now required',
    ],
  ])('are broken in OpenAPI by a change of %s', (_, change, problem) => {
    editJson(openApi, change);
    expect(found()).toContain(`${openApi}: ${problem}`);
  });

  it.each<[string, (document: Document) => void, string]>([
    ['a channel', ({ channels }) => delete channels['ftgo.order.events'], 'ftgo.order.events: the channel was removed'],
    ['an address', ({ channels }) => (channels['ftgo.order.events']!.address = 'orders'), 'ftgo.order.events: the address is now orders'],
    [
      'the messages of a channel',
      ({ channels }) => delete channels['ftgo.order.events']!.messages['ftgo.order.v1.OrderCreated'],
      'ftgo.order.events ftgo.order.v1.OrderCreated: the message was removed from the channel',
    ],
    [
      'what a service publishes',
      ({ operations }) => operations['order-service.send.ftgo.order.events']!.messages.shift(),
      'order-service.send.ftgo.order.events: ftgo.order.v1.OrderAuthorized is no longer sent',
    ],
    [
      'the commands that a service executes',
      ({ operations }) => delete operations['kitchen-service.receive.CreateTicket'],
      'kitchen-service.receive.CreateTicket: the operation was removed',
    ],
    [
      'the failure codes',
      ({ components }) => Object.assign(components.messages['ftgo.kitchen.v1.CreateTicket']!, { 'x-failure-codes': ['KITCHEN_CLOSED'] }),
      'ftgo.kitchen.v1.CreateTicket: the failure code KITCHEN_CLOSED was added; the senders of the command do not know it',
    ],
    [
      'a field of a message',
      ({ components }) => delete components.schemas['ftgo.order.v1.OrderCreated']!.properties['orderTotal'],
      'ftgo.order.v1.OrderCreated payload /orderTotal: the property was removed',
    ],
    [
      'a mandatory header',
      ({ components }) => components.schemas['EventHeaders']!.required.push('ce_tenant'),
      'ftgo.order.v1.OrderCreated headers /ce_tenant: the property is now required',
    ],
  ])('are broken in AsyncAPI by a change of %s', (_, change, problem) => {
    editJson('definitions/asyncapi.json', change);
    expect(found()).toContain(`definitions/asyncapi.json: ${problem}`);
  });

  it('may lose a subscriber', () => {
    editJson('definitions/asyncapi.json', ({ operations }) => delete operations['delivery-service.receive.ftgo.order.events']);
    expect(found()).toEqual([]);
  });

  it('are broken in GraphQL by a removed field and by an argument that became mandatory', () => {
    edit(graphqlSchema, (text) =>
      text.replace('  total: String!\n', '').replace('expectedVersion: Int): Order!', 'expectedVersion: Int!): Order!'),
    );
    expect(breakingChanges(root).map(({ definition, at }) => [definition, at])).toEqual([
      [graphqlSchema, 'ARG_CHANGED_KIND'],
      [graphqlSchema, 'FIELD_REMOVED'],
    ]);
  });

  it('are broken in proto/ by a changed type, at its line', () => {
    edit('proto/ftgo/kitchen/v1/service.proto', (text) => text.replace('int64 ticket_id = 1;', 'string ticket_id = 1;'));
    expect(found()).toEqual([expect.stringMatching(/^proto: proto\/ftgo\/kitchen\/v1\/service\.proto:\d+: .*int64.*string/)]);
  });

  describe('when a change breaks them', () => {
    beforeEach(() => edit(graphqlSchema, (text) => text.replace('  total: String!\n', '')));

    it('fail with the definition, the place and what to do, until the version is a new major one', () => {
      setVersion('1.1.0');
      expect(faultsIn(root)).toEqual([
        expect.stringMatching(/^apps\/api-gateway\/schema\.graphql: FIELD_REMOVED: .*total/),
        expect.stringMatching(/version 1\.0\.0.*definitions\/version\.json to 2\.0\.0/),
      ]);
      setVersion('2.0.0');
      expect(faultsIn(root)).toEqual([]);
    });

    it('cannot be replaced to hide it: neither by hand, nor by a release that is not a new major version', () => {
      cpSync(join(root, graphqlSchema), join(root, 'definitions/released/schema.graphql'));
      expect(faultsIn(root)).toEqual([expect.stringMatching(/^definitions\/released\/schema\.graphql: differs from release 1\.0\.0/)]);
      cpSync(join(repository, 'definitions/released/schema.graphql'), join(root, 'definitions/released/schema.graphql'));
      setVersion('1.1.0');
      expect(() => releaseDefinitions(root)).toThrow('cannot release 1.1.0: it breaks programs that rely on 1.0.0');
    });

    it('become those of the next release with its version', () => {
      setVersion('1.0.0');
      expect(() => releaseDefinitions(root)).toThrow('1.0.0 is already released');
      setVersion('2.0.0');
      expect(releaseDefinitions(root)).toBe('2.0.0');
      expect([faultsIn(root), new DefinitionsFolder(root).released.version]).toEqual([[], '2.0.0']);
    });
  });

  it('are ordered by version', () => {
    expect([isLater('1.10.0', '1.9.3'), isLater('2.0.0', '1.9.9'), isLater('1.0.0', '1.0.0'), isLater('1.9.9', '2.0.0')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
