import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { limitsRule, queryLimits } from './limits.js';

const schema = buildSchema(`
  type Query { person: Person people(first: Int = 10): [Person] }
  type Person { name: String friend: Person friends(first: Int = 10): [Person] }
`);
const errorsOf = (query: string, variables = {}) => validate(schema, parse(query), [limitsRule(variables)]).map(({ message }) => message);
const nested = (levels: number, field = 'friend'): string => (levels === 0 ? 'name' : `${field} { ${nested(levels - 1, field)} }`);

describe('the limits of a query', () => {
  it('allow a depth of 8, with and without fragments', () => {
    const { depth } = queryLimits;
    expect(errorsOf(`{ person { ${nested(depth - 2)} } }`)).toEqual([]);
    expect(errorsOf(`{ person { ${nested(depth - 1)} } }`)).toEqual(['the depth of the operation exceeds 8']);
    const inFragments = `{ person { ...A } } fragment A on Person { ${nested(depth - 2)} friend { ... on Person { ${nested(depth - 2)} } } }`;
    expect(errorsOf(inFragments)).toEqual(['the depth of the operation exceeds 8']);
  });

  it('multiply a field by the page sizes of the lists around it, given by value, by variable or by default', () => {
    const query = (first: string) => `query($n: Int) { people${first} { friends { friends { name friend { name } } } } }`;
    expect(errorsOf(query('(first: 1)'))).toEqual([]);
    expect(errorsOf(query('(first: $n)'), { n: 1 })).toEqual([]);
    for (const [first, variables] of [
      ['', {}],
      ['(first: 100)', {}],
      ['(first: $n)', { n: 100 }],
    ] as const)
      expect(errorsOf(query(first).replace('name friend', 'name a: name b: name c: name d: name friend'), variables)).toEqual([
        'the cost of the operation exceeds 5000',
      ]);
  });

  it('count aliases in fragments each time', () => {
    const spread = (times: number) =>
      `{ ${Array.from({ length: times }, (_, i) => `p${i}: person { ...A }`).join(' ')} } fragment A on Person { a: name }`;
    expect(errorsOf(spread(10))).toEqual([]);
    expect(errorsOf(spread(11))).toEqual(['the number of aliases of the operation exceeds 20']);
  });

  it('are detected in time when fragments multiply', () => {
    const fragments = Array.from({ length: 30 }, (_, i) => `fragment F${i} on Person { ...F${i + 1} ...F${i + 1} }`).join(' ');
    expect(errorsOf(`{ person { ...F0 } } ${fragments} fragment F30 on Person { name }`)).toEqual([
      'the cost of the operation exceeds 5000',
    ]);
  });
});
