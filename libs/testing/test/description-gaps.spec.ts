import { describe, expect, it } from 'vitest';
import { DescribedApi } from '../src/described-api.js';
import { type DocumentForReaders, gapsIn } from '../src/description-gaps.js';

const described = () => ({
  info: { version: '1.2.3' },
  servers: [{ url: '/' }],
  paths: {
    '/dishes/{id}': {
      post: {
        summary: 'Cook a dish',
        tags: ['Kitchen dishes'],
        parameters: [
          { in: 'path', name: 'id', required: true, schema: { type: 'integer' }, example: 1 },
          { in: 'query', name: 'salt', schema: { type: 'boolean' } },
          { $ref: '#/components/parameters/Trace' },
        ],
        requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Dish' }, example: { name: 'Dal' } } } },
        responses: {
          200: {
            description: 'Cooked',
            headers: { 'X-Trace-Id': { description: 'The trace' } },
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Dish' }, example: { name: 'Dal' } } },
          },
        },
      },
    },
  },
  components: {
    parameters: { Trace: { in: 'header', name: 'trace', description: 'The trace', schema: { type: 'string' } } },
    schemas: { Dish: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } },
  },
});

/** The document with one value replaced, or removed. */
function planted(path: string, value?: unknown): DocumentForReaders {
  const document = described();
  const steps = path.split(' ');
  const last = steps.pop() as string;
  const parent = steps.reduce<Record<string, unknown>>((at, step) => at[step] as Record<string, unknown>, document);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return document as DocumentForReaders;
}

const operation = 'paths /dishes/{id} post';
const json = 'content application/json example';

describe('an OpenAPI document', () => {
  it('names the headers of a response that it does not describe', () => {
    const sent = ['content-type', 'x-trace-id', 'location'];
    const undescribed = new DescribedApi(planted('servers')).undescribedHeaders({ method: 'POST', path: '/dishes/{id}' }, 200, sent);
    expect(undescribed).toEqual(['200 has the header location, which is not documented']);
  });

  it('has no gaps if everything is described', () => expect(gapsIn(planted('paths', described().paths))).toEqual([]));

  it.each([
    ['info version', undefined, 'the document has no version'],
    ['servers', undefined, 'the document has no servers'],
    [`${operation} summary`, undefined, 'has no summary in words'],
    [`${operation} summary`, 'cookDish', 'has no summary in words'],
    [`${operation} tags`, undefined, 'has no tag in words'],
    [`${operation} tags`, ['DishHttp'], 'has no tag in words'],
    [`${operation} parameters 0 example`, undefined, 'id has no example'],
    [`${operation} parameters 0 example`, 'one', 'the example of id is invalid: '],
    [`components parameters Trace description`, undefined, 'header trace has no description'],
    [`${operation} requestBody ${json}`, undefined, 'the request has no example'],
    [`${operation} requestBody ${json}`, {}, 'the example of the request is invalid: '],
    [`${operation} responses 200 description`, undefined, 'response 200 has no description'],
    [`${operation} responses 200 content`, undefined, 'response 200 has no body'],
    [`${operation} responses 200 headers X-Trace-Id description`, undefined, 'header X-Trace-Id of response 200 has no description'],
    [`${operation} responses 200 ${json}`, undefined, 'response 200 has no example'],
    [`${operation} responses 200 ${json}`, { name: 1 }, 'the example of response 200 is invalid: '],
  ])('with %s = %j has a gap', (path, value, gap) => {
    const [found = '', ...more] = gapsIn(planted(path, value));
    expect(found.replace('POST /dishes/{id}: ', '')).toContain(gap);
    expect(more).toEqual([]);
  });
});
