import { UserError } from '@ftgo/runner/errors';
import ts from 'typescript';
import { insert, parse } from '../edit/typescript.js';

/** The current definition of a saga in the file that declares it. */
export interface Definition {
  /** `createOrderSaga` */
  readonly name: string;
  readonly version: number;
  readonly state: string;
  readonly steps: readonly string[];
  /** The statement, without the comment above it. */
  readonly code: string;
}

export function readDefinition(text: string): Definition {
  const source = parse(text);
  const { statement, calls } = found(source);
  const start = calls.find(({ expression }) => expression.getText() === 'saga');
  const version = /version: (\d+)/.exec(start?.arguments[1]?.getText() ?? '')?.[1];
  if (!start || !version) throw new UserError('the definition has no version');
  return {
    name: statement.declarationList.declarations[0]?.name.getText() ?? '',
    version: Number(version),
    state: start.typeArguments?.[0]?.getText() ?? '',
    steps: calls.flatMap((call) => (methodOf(call) === 'step' ? [stringOf(call.arguments[0])] : [])).toReversed(),
    code: statement.getText(),
  };
}

/** The definition with the next version, and with a step before another. */
export function withStep(text: string, step: string, before: string): string {
  const { calls } = found(parse(text));
  const next = calls.find((call) => methodOf(call) === 'step' && stringOf(call.arguments[0]) === before);
  if (!next || !ts.isPropertyAccessExpression(next.expression)) throw new UserError(`the saga has no step '${before}'`);
  const { version } = readDefinition(text);
  const added = insert(text, next.expression.expression.end, `\n  ${step}`);
  return added.replace(`version: ${version}`, `version: ${version + 1}`);
}

/** A file that keeps the current definition under another name, for running instances. */
export function frozen(text: string, module: string): string {
  const source = parse(text);
  const { name, version, code, state } = readDefinition(text);
  const used = new Set(code.match(/\w+/g));
  const imports = source.statements.filter(ts.isImportDeclaration).flatMap((each) => keepUsed(each, used));
  const local = [state, ...functionsUsed(source, used)].map((each) => (each === state ? `type ${each}` : each));
  return [
    ...imports,
    `import { ${local.join(', ')} } from '${module}';`,
    '',
    `/** Version ${version}, for running instances; no new ones are started. */`,
    '// biome-ignore format: one step per line',
    code.replace(name, `${name}V${version}`),
    '',
  ].join('\n');
}

/** Exports the functions that the definition calls, so that its frozen copy can call them too. */
export function exportUsedFunctions(text: string): string {
  const source = parse(text);
  const used = new Set(found(source).statement.getText().match(/\w+/g));
  const hidden = source.statements.filter(
    (each) =>
      ts.isFunctionDeclaration(each) &&
      used.has(each.name?.text ?? '') &&
      !each.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword),
  );
  return hidden.toReversed().reduce((changed, each) => insert(changed, each.getStart(), 'export '), text);
}

const functionsUsed = (source: ts.SourceFile, used: ReadonlySet<string>): string[] =>
  source.statements.flatMap((each) => (ts.isFunctionDeclaration(each) && each.name && used.has(each.name.text) ? [each.name.text] : []));

function keepUsed({ importClause, moduleSpecifier }: ts.ImportDeclaration, used: ReadonlySet<string>): string[] {
  const bindings = importClause?.namedBindings;
  if (!bindings || !ts.isNamedImports(bindings)) return [];
  const kept = bindings.elements.filter(({ name }) => used.has(name.text)).map((element) => element.getText());
  const type = importClause.phaseModifier === ts.SyntaxKind.TypeKeyword ? 'type ' : '';
  return kept.length > 0 ? [`import ${type}{ ${kept.join(', ')} } from ${moduleSpecifier.getText()};`] : [];
}

/** The statement with the definition, and its calls from the last to the first. */
function found(source: ts.SourceFile): { statement: ts.VariableStatement; calls: ts.CallExpression[] } {
  for (const statement of source.statements.filter(ts.isVariableStatement)) {
    const calls = chain(statement.declarationList.declarations[0]?.initializer);
    if (calls.at(-1)?.expression.getText() === 'saga') return { statement, calls };
  }
  throw new UserError('definition of the saga not found');
}

function chain(expression: ts.Expression | undefined): ts.CallExpression[] {
  if (!expression || !ts.isCallExpression(expression)) return [];
  const { expression: called } = expression;
  return [expression, ...(ts.isPropertyAccessExpression(called) ? chain(called.expression) : [])];
}

const methodOf = ({ expression }: ts.CallExpression): string =>
  ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText();

const stringOf = (node: ts.Node | undefined): string => (node && ts.isStringLiteral(node) ? node.text : '');
