import { nodePort } from '../../deployment/kubernetes-test/target.js';
import type { ChangeSet } from '../change-set.js';
import type { ServiceNames } from '../names.js';

type Service = ServiceNames & { readonly port: number };

interface Environment {
  readonly values: ReadonlyArray<{ readonly key: string }>;
}

interface Collection {
  readonly item: ReadonlyArray<{ readonly name: string }>;
}

/** The URL of the service in each environment, and a folder with its requests. */
export function addToPostman(changes: ChangeSet, service: Service): void {
  const urls = { local: service.port, compose: service.port, cluster: nodePort.http(service.port) };
  for (const [environment, port] of Object.entries(urls)) {
    const variable = { key: `${service.property}Url`, value: `http://localhost:${port}`, type: 'default', enabled: true };
    changes.edit(`postman/${environment}.postman_environment.json`, (text) => {
      const read = JSON.parse(text) as Environment;
      return json({ ...read, values: insertBefore(read.values, variable, ({ key }) => key === 'relayUrl') });
    });
  }
  changes.edit('postman/ftgo.postman_collection.json', (text) => {
    const collection = JSON.parse(text) as Collection;
    return json({ ...collection, item: insertBefore(collection.item, folderOf(service), ({ name }) => name === 'API gateway') });
  });
}

function folderOf(service: ServiceNames) {
  const { words, a, property, code } = service;
  const name = `${words.charAt(0).toUpperCase()}${words.slice(1)} service`;
  const id = `${property}Id`;
  const create = creation(service);
  const read = (value: string) => ({ method: 'GET', header: [], url: url(service, [`:${id}`], [{ key: id, value }]) });
  return {
    name,
    item: [
      request(`Create ${a} ${words}`, create({ name: 'First' }), {
        before: ["pm.collectionVariables.set('idempotencyKey', pm.variables.replaceIn('{{$guid}}'));"],
        test: [
          `ftgo.answers(pm, '${id} is a new number', (body) => {`,
          `  pm.expect(body).to.have.all.keys('${id}');`,
          `  pm.expect(body.${id}).to.be.a('number').above(0);`,
          '});',
          `pm.collectionVariables.set('${id}', pm.response.json().${id});`,
        ],
      }),
      request(`Create ${a} ${words}: the same request again`, create({ name: 'First' }), {
        test: [
          "ftgo.answers(pm, 'the first response is returned again', (body) => {",
          `  pm.expect(body).to.eql({ ${id}: ftgo.id(pm, '${id}') });`,
          '});',
        ],
      }),
      request(`Create ${a} ${words}: without a name`, create({}), { test: ["ftgo.refuses(pm, 400, 'VALIDATION_FAILED', ['/name']);"] }),
      request(`Get the ${words}`, read(`{{${id}}}`), {
        test: [
          `ftgo.answers(pm, 'is the ${words} that was created', (body) => {`,
          `  pm.expect(body).to.eql({ ${id}: ftgo.id(pm, '${id}'), name: 'First' });`,
          '});',
        ],
      }),
      request(`Get ${a} ${words}: unknown`, read('{{unknownId}}'), { test: [`ftgo.refuses(pm, 404, '${code}_NOT_FOUND');`] }),
    ],
  };
}

const creation = (service: ServiceNames) => (body: object) => ({
  method: 'POST',
  header: [
    { key: 'Content-Type', value: 'application/json; charset=UTF-8' },
    { key: 'Idempotency-Key', value: '{{idempotencyKey}}' },
  ],
  body: { mode: 'raw', raw: JSON.stringify(body, undefined, 2), options: { raw: { language: 'json' } } },
  url: url(service, []),
});

function url({ property, path }: ServiceNames, rest: readonly string[], variable: readonly object[] = []) {
  const host = `{{${property}Url}}`;
  const segments = [path, ...rest];
  return { raw: `${host}/${segments.join('/')}`, host: [host], path: segments, ...(variable.length > 0 ? { variable } : {}) };
}

function request(name: string, sent: object, { before, test }: { before?: readonly string[]; test: readonly string[] }) {
  const script = (listen: string, exec: readonly string[]) => ({ listen, script: { type: 'text/javascript', exec } });
  return { name, event: [...(before ? [script('prerequest', before)] : []), script('test', test)], request: sent };
}

function insertBefore<Item>(items: readonly Item[], added: Item, isNext: (item: Item) => boolean): Item[] {
  const at = items.findIndex(isNext);
  return items.toSpliced(at < 0 ? items.length : at, 0, added);
}

const json = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;
