import { UserError } from '@ftgo/runner/errors';
import { isMap, isScalar, isSeq, type ParsedNode, parseAllDocuments } from 'yaml';

type Path = ReadonlyArray<string | number>;

export interface YamlPlace {
  /** The element is inserted before the first sibling whose key matches, otherwise at the end. */
  readonly before?: (key: string) => boolean;
  /** The index in a stream of documents; default: the first. */
  readonly document?: number;
}

/**
 * Adds an element to the list or map at a path, whose elements are on separate lines. Anchors, comments and the layout of the
 * rest are preserved. `element` is YAML without indentation and dash.
 */
export function addToYaml(text: string, path: Path, element: string, { before, document = 0 }: YamlPlace = {}): string {
  const node = parseAllDocuments(text)[document]?.getIn(path, true) as ParsedNode | undefined;
  const siblings = node ? siblingsIn(node, text) : [];
  const last = siblings.at(-1);
  if (!node || !last) throw new UserError(`list or map ${path.join('.')} not found, or empty`);
  const next = before && siblings.find(({ key }) => before(key));
  const at = next ? next.start : last.end;
  const blank = next && text.slice(0, at).endsWith('\n\n') ? '\n' : '';
  return text.slice(0, at) + indented(element, (next ?? last).indent, node) + blank + text.slice(at);
}

/** Adds a document at the end of a stream of documents. */
export const addDocument = (text: string, document: string): string => `${text.trimEnd()}\n---\n${document.trimEnd()}\n`;

/** The index of the document that describes this object of Kubernetes. */
export function documentOf(text: string, kind: string, name: string): number {
  const index = parseAllDocuments(text).findIndex(
    (document) => document.get('kind') === kind && document.getIn(['metadata', 'name']) === name,
  );
  if (index < 0) throw new UserError(`${kind} ${name} not found`);
  return index;
}

interface Sibling {
  /** The key in a map; in a list, the scalar, or the first value of the element. */
  readonly key: string;
  /** Offsets of whole lines, including the comment above. */
  readonly start: number;
  readonly end: number;
  readonly indent: number;
}

function siblingsIn(node: ParsedNode, text: string): Sibling[] {
  if (isMap(node)) return node.items.map(({ key, value }) => sibling(text, String(key), key.range[0], (value ?? key).range[1]));
  if (isSeq(node)) return node.items.map((item) => sibling(text, keyOf(item), item.range[0], item.range[1]));
  return [];
}

function sibling(text: string, key: string, from: number, to: number): Sibling {
  const line = text.lastIndexOf('\n', from - 1) + 1;
  const [comment = ''] = /(?:(?<=^|\n) *#[^\n]*\n)*$/.exec(text.slice(0, line)) ?? [];
  const end = text[to - 1] === '\n' ? to : text.indexOf('\n', to) + 1 || text.length;
  return { key, start: line - comment.length, end, indent: text.slice(line).search(/\S/) };
}

function keyOf(item: unknown): string {
  const value: unknown = isMap(item) ? item.items[0]?.value : item;
  return String(isScalar(value) ? value.value : value);
}

function indented(element: string, indent: number, node: ParsedNode): string {
  const dash = isSeq(node) && !node.flow ? '- ' : '';
  const comma = isSeq(node) && node.flow ? ',' : '';
  const margin = ' '.repeat(indent);
  const [first = '', ...rest] = element.trimEnd().split('\n');
  const lines = [margin + dash + first + comma, ...rest.map((line) => margin + ' '.repeat(dash.length) + line)];
  return `${lines.join('\n')}\n`;
}
