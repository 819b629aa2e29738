import { describe, expect, it } from 'vitest';
import { addRow } from '../edit/markdown.js';
import { addImport as addProtoImport, parseField } from '../edit/proto.js';
import { addAfterLastCall, addExports, addImport, addNamespaceImport, addToConstant, addToProperty } from '../edit/typescript.js';
import { addDocument, addToYaml, documentOf } from '../edit/yaml.js';

describe('YAML', () => {
  const compose = `# the first comment
services:
  a: &a
    image: a:\${TAG:-local}
    command: [one, two]

  # about c
  c:
    <<: *a
    list:
      - x: 1
        y: |-
          text
`;

  it('gets an element of a map before its successor and the comment above that', () => {
    expect(addToYaml(compose, ['services'], 'b:\n  image: b', { before: (key) => key === 'c' })).toBe(
      compose.replace('  # about c\n', '  b:\n    image: b\n\n  # about c\n'),
    );
  });

  it('gets an element of a list at the end, even after a block of text', () => {
    expect(addToYaml(compose, ['services', 'c', 'list'], 'x: 2\ny: z')).toBe(`${compose}      - x: 2\n        y: z\n`);
  });

  it('gets an element of a list in brackets that has a line for each', () => {
    const text = 'names:\n  [\n    a,\n    c,\n  ]\n';
    expect(addToYaml(text, ['names'], 'b', { before: (key) => key > 'b' })).toBe('names:\n  [\n    a,\n    b,\n    c,\n  ]\n');
  });

  it('gets a document, and finds one by its kind and name', () => {
    const text = addDocument('kind: Role\nmetadata: { name: a }\n', 'kind: Role\nmetadata: { name: b }');
    expect(documentOf(text, 'Role', 'b')).toBe(1);
    expect(() => documentOf(text, 'Role', 'c')).toThrow('Role c not found');
  });

  it('is rejected without the place for a new element', () => {
    expect(() => addToYaml(compose, ['services', 'd'], 'x')).toThrow('list or map services.d not found, or empty');
  });
});

describe('TypeScript', () => {
  it('gets an import and an export', () => {
    const text = "import a from 'a';\nimport { b } from './b.js';\n\nrun();\n";
    expect(addImport(text, './b.js', 'c')).toBe(text.replace('{ b }', '{ b, c }'));
    expect(addImport(text, 'd', 'd')).toBe(text.replace("b.js';\n", "b.js';\nimport { d } from 'd';\n"));
    expect(addImport("import type { b } from 'b';\n", 'b', 'c')).toBe("import type { b } from 'b';\nimport { c } from 'b';\n");
    expect(addNamespaceImport(text, 'd', 'd')).toContain("import * as d from 'd';\n\nrun();");
    expect(addExports("export { a } from './x.js';\n", './x.js', 'type B')).toBe("export { a, type B } from './x.js';\n");
  });

  it('gets a constant after the last one initialised by the same function', () => {
    const text = "const a = channel('a');\nconst n = 1;\nconst b = channel('b');\nrun();\n";
    expect(addAfterLastCall(text, 'channel', "const c = channel('c');")).toBe(text.replace('run()', "const c = channel('c');\nrun()"));
  });

  it('gets a constant after the type of the one before', () => {
    const text = 'const A = event(1);\ntype A = typeof A;\nrun();\n';
    expect(addAfterLastCall(text, 'event', 'const B = 1;')).toBe(text.replace('run()', 'const B = 1;\nrun()'));
  });

  it.each([
    ["const list: readonly string[] = [\n  'a',\n];", "const list: readonly string[] = [\n  'a', b,\n];"],
    ['export const list = { a } as const;', 'export const list = { a, b } as const;'],
    ['const list = [];', 'const list = [b];'],
  ])('gets an element in %s', (text, expected) => expect(addToConstant(text, 'list', 'b')).toBe(expected));

  it('gets an element of the array that a property has', () => {
    expect(addToProperty('f({ list: [a], other: [] });', 'list', 'b')).toBe('f({ list: [a, b], other: [] });');
    expect(() => addToProperty('f({ list: [a] }, { list: [] });', 'list', 'b')).toThrow('expected exactly one property list');
  });

  it('is rejected without the place for a new element', () => {
    expect(() => addToConstant('const x = 1;', 'list', 'b')).toThrow('constant list with a literal array or object not found');
    expect(() => addExports('', './x.js', 'a')).toThrow("export of names from './x.js' not found");
    expect(() => addAfterLastCall('', 'channel', '')).toThrow('constant initialised by channel() not found');
  });
});

describe('Markdown', () => {
  const page = '# Page\n\n## One\n\n| A | B |\n|---|---|\n| a | 1 |\n| c | 3 |\n\ntext\n\n## Two\n';

  it('gets a row of the table below a heading', () => {
    expect(addRow(page, 'One', ['d', ''])).toBe(page.replace('| c | 3 |\n', '| c | 3 |\n| d | |\n'));
    expect(addRow(page, 'One', ['b', '2'], 'c')).toBe(page.replace('| c |', '| b | 2 |\n| c |'));
    expect(() => addRow(page, 'Two', ['x'])).toThrow("table below the heading 'Two' not found");
  });
});

describe('Protobuf', () => {
  it.each([
    ['order_id:int64', { name: 'order_id', type: 'int64', label: '', imported: undefined }],
    ['reason:string?', { name: 'reason', type: 'string', label: 'optional ', imported: undefined }],
    ['totals:money[]', { name: 'totals', type: 'ftgo.common.v1.Money', label: 'repeated ', imported: 'ftgo/common/v1/common.proto' }],
  ])('has the field %s', (given, field) => expect(parseField(given)).toEqual(field));

  it.each(['reason', 'Reason:string', 'reason:text', 'reason:string!', ':string'])("rejects the field '%s'", (given) =>
    expect(() => parseField(given)).toThrow(`invalid field '${given}': expected NAME:TYPE`),
  );

  it('gets an import once', () => {
    const first = addProtoImport('syntax = "proto3";\n\npackage a.v1;\n', 'x.proto');
    expect(first).toBe('syntax = "proto3";\n\npackage a.v1;\n\nimport "x.proto";\n');
    expect(addProtoImport(first, 'x.proto')).toBe(first);
    expect(addProtoImport(first, 'y.proto')).toBe(`${first}import "y.proto";\n`);
  });
});
