import { UserError } from '@ftgo/runner/errors';
import ts from 'typescript';

/** The syntax tree of a file. */
export const parse = (text: string): ts.SourceFile => ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true);

export const insert = (text: string, at: number, code: string): string => text.slice(0, at) + code + text.slice(at);

/** Imports names from a module, in an existing import if there is one. The formatter sorts them. */
export function addImport(text: string, module: string, ...names: readonly string[]): string {
  const imports = parse(text).statements.filter(ts.isImportDeclaration);
  const bindings = imports
    .filter(({ moduleSpecifier }) => ts.isStringLiteral(moduleSpecifier) && moduleSpecifier.text === module)
    .flatMap(({ importClause }) => (importClause && !importClause.phaseModifier ? (importClause.namedBindings ?? []) : []))
    .find(ts.isNamedImports);
  if (bindings) return addElement(text, bindings.elements, names.join(', '));
  return addStatement(text, `import { ${names.join(', ')} } from '${module}';`);
}

/** Adds an import of everything that a module exports. */
export const addNamespaceImport = (text: string, module: string, name: string): string =>
  addStatement(text, `import * as ${name} from '${module}';`);

function addStatement(text: string, code: string): string {
  const last = parse(text).statements.findLast(ts.isImportDeclaration);
  return last ? insert(text, last.end, `\n${code}`) : `${code}\n\n${text}`;
}

/** Adds names to the `export { … } from` of a module. */
export function addExports(text: string, module: string, ...names: readonly string[]): string {
  const found = parse(text).statements.find(
    (statement) =>
      ts.isExportDeclaration(statement) &&
      statement.moduleSpecifier &&
      ts.isStringLiteral(statement.moduleSpecifier) &&
      statement.moduleSpecifier.text === module,
  ) as ts.ExportDeclaration | undefined;
  if (!found?.exportClause || !ts.isNamedExports(found.exportClause)) throw new UserError(`export of names from '${module}' not found`);
  return addElement(text, found.exportClause.elements, names.join(', '));
}

/** Adds a statement after the last constant whose initialiser calls this function, and after the type of the same name. */
export function addAfterLastCall(text: string, called: string, code: string): string {
  const statements = parse(text).statements;
  const last = statements.findLastIndex((statement) => {
    const initializer = ts.isVariableStatement(statement) ? statement.declarationList.declarations[0]?.initializer : undefined;
    return initializer !== undefined && ts.isCallExpression(initializer) && initializer.expression.getText() === called;
  });
  const [found, next] = [statements[last], statements[last + 1]];
  if (!found || !ts.isVariableStatement(found)) throw new UserError(`constant initialised by ${called}() not found`);
  const name = found.declarationList.declarations[0]?.name.getText();
  const isItsType = next !== undefined && ts.isTypeAliasDeclaration(next) && next.name.text === name;
  return insert(text, (isItsType ? next : found).end, `\n${code}`);
}

/** Adds an element to the array, or a property to the object, that initialises a constant. */
export function addToConstant(text: string, name: string, code: string): string {
  const literal = literalOf(declarationOf(text, name)?.initializer);
  if (!literal) throw new UserError(`constant ${name} with a literal array or object not found`);
  return addElement(text, ts.isArrayLiteralExpression(literal) ? literal.elements : literal.properties, code);
}

/** Adds an element to the array of the only property with this name. */
export function addToProperty(text: string, name: string, code: string): string {
  const found: ts.ArrayLiteralExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && node.name.getText() === name && ts.isArrayLiteralExpression(node.initializer))
      found.push(node.initializer);
    ts.forEachChild(node, visit);
  };
  visit(parse(text));
  const [array, other] = found;
  if (!array || other) throw new UserError(`expected exactly one property ${name} with an array`);
  return addElement(text, array.elements, code);
}

function declarationOf(text: string, name: string): ts.VariableDeclaration | undefined {
  const statements = parse(text).statements.filter(ts.isVariableStatement);
  return statements
    .flatMap(({ declarationList }) => declarationList.declarations)
    .find((declaration) => declaration.name.getText() === name);
}

function literalOf(value: ts.Expression | undefined): ts.ArrayLiteralExpression | ts.ObjectLiteralExpression | undefined {
  if (value && (ts.isAsExpression(value) || ts.isSatisfiesExpression(value))) return literalOf(value.expression);
  return value && (ts.isArrayLiteralExpression(value) || ts.isObjectLiteralExpression(value)) ? value : undefined;
}

function addElement(text: string, elements: ts.NodeArray<ts.Node>, code: string): string {
  const last = elements.at(-1);
  return last ? insert(text, last.end, `, ${code}`) : insert(text, elements.pos, code);
}
