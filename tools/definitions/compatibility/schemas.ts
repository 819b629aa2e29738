import type { Schema } from '../json-schema.js';

/**
 * Who reads a value that the schema describes: the program whose definition this is (a request), its client (a response), or
 * programs of any version (a message, which is kept).
 */
export type Reader = 'program' | 'client' | 'any';

/** Where something differs, and how; the definition is added by the caller. */
export interface Difference {
  readonly at: string;
  readonly problem: string;
}

/** A document with the schemas that it refers to. */
export interface Side {
  readonly document: object;
  readonly schema: unknown;
}

/** The differences of a schema that break a program which was written for the released one. */
export function breaksIn(released: Side, current: Side, reader: Reader, at = ''): Difference[] {
  return new Comparison(released.document, current.document, reader).differences(released.schema, current.schema, at);
}

type Rule = (released: Schema, current: Schema, at: string) => Difference[];

class Comparison {
  private readonly compared = new Set<string>();
  private readonly rules: readonly Rule[] = [
    (...of) => this.types(...of),
    (...of) => this.values(...of),
    (...of) => this.limits(...of),
    (...of) => this.properties(...of),
    (...of) => this.parts(...of),
    (...of) => this.variants(...of),
  ];

  constructor(
    private readonly released: object,
    private readonly current: object,
    private readonly reader: Reader,
  ) {}

  differences(released: unknown, current: unknown, at: string): Difference[] {
    // A schema may refer to itself.
    const pair = `${JSON.stringify(released)} ${JSON.stringify(current)}`;
    if (pair.includes('"$ref"') && this.compared.has(pair)) return [];
    this.compared.add(pair);
    const [before, after] = [resolved(this.released, released), resolved(this.current, current)];
    return this.rules.flatMap((rule) => rule(before, after, at));
  }

  private readonly readsNew = () => this.reader !== 'client';
  private readonly readsOld = () => this.reader !== 'program';

  private types(released: Schema, current: Schema, at: string): Difference[] {
    const [before, after] = [typesOf(released), typesOf(current)];
    if (before.length === 0 && after.length === 0) return [];
    const allows = (types: readonly string[], type: string) =>
      types.length === 0 || types.includes(type) || (type === 'integer' && types.includes('number'));
    const lost = before.length === 0 ? after : before.filter((type) => !allows(after, type));
    const added = after.length === 0 ? before : after.filter((type) => !allows(before, type));
    if (this.readsNew() && lost.length > 0) return [{ at, problem: `the type ${lost.join(', ')} is no longer allowed` }];
    if (this.readsOld() && added.length > 0) return [{ at, problem: `the type may now be ${after.join(', ') || 'any'}` }];
    return [];
  }

  /** A client must accept values that it does not know, so a new one is compatible; a removed one is not for those who send it. */
  private values(released: Schema, current: Schema, at: string): Difference[] {
    const [before, after] = [valuesOf(released), valuesOf(current)];
    if (!after) return [];
    if (!before) return this.readsNew() ? [{ at, problem: 'the values are now restricted' }] : [];
    const lost = before.filter((value) => !after.includes(value));
    return this.readsNew() && lost.length > 0 ? [{ at, problem: `the value ${lost.join(', ')} was removed` }] : [];
  }

  /** Narrower limits break those who send values, not those who read them. */
  private limits(released: Schema, current: Schema, at: string): Difference[] {
    if (!this.readsNew()) return [];
    const narrowed = (keyword: string, isNarrower: (before: number, after: number) => boolean) => {
      const [before, after] = [released[keyword], current[keyword]] as [number | undefined, number | undefined];
      return after !== undefined && (before === undefined || isNarrower(before, after)) ? [keyword] : [];
    };
    const found = [
      ...['minimum', 'exclusiveMinimum', 'minLength', 'minItems'].flatMap((each) => narrowed(each, (before, after) => after > before)),
      ...['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems'].flatMap((each) => narrowed(each, (before, after) => after < before)),
      ...['pattern', 'format', 'uniqueItems'].filter((each) => current[each] !== undefined && current[each] !== released[each]),
    ];
    return found.map((keyword) => ({ at, problem: `${keyword} is narrower: ${String(current[keyword])}` }));
  }

  private properties(released: Schema, current: Schema, at: string): Difference[] {
    const [before, after] = [propertiesOf(released), propertiesOf(current)];
    const [required, nowRequired] = [requiredOf(released), requiredOf(current)];
    const removed = Object.keys(before).filter((name) => !(name in after));
    const demanded = this.readsNew() ? nowRequired.filter((name) => !required.includes(name)) : [];
    const uncertain = this.readsOld() ? required.filter((name) => name in after && !nowRequired.includes(name)) : [];
    return [
      ...removed.map((name) => ({ at: `${at}/${name}`, problem: 'the property was removed' })),
      ...demanded.map((name) => ({ at: `${at}/${name}`, problem: 'the property is now required' })),
      ...uncertain.map((name) => ({ at: `${at}/${name}`, problem: 'the property may now be absent' })),
      ...Object.keys(before).flatMap((name) => (name in after ? this.differences(before[name], after[name], `${at}/${name}`) : [])),
    ];
  }

  private parts(released: Schema, current: Schema, at: string): Difference[] {
    const nested = (['items', 'additionalProperties'] as const).filter((each) => isSchema(released[each]) && isSchema(current[each]));
    return nested.flatMap((each) => this.differences(released[each], current[each], `${at}/*`));
  }

  /** Each variant that the one side may produce must match a variant of the other side. */
  private variants(released: Schema, current: Schema, at: string): Difference[] {
    const [before, after] = [variantsOf(released), variantsOf(current)];
    if (before.length === 0 && after.length === 0) return [];
    if (before.length === 0 || after.length === 0) return [{ at, problem: 'the alternatives were added or removed' }];
    const matches = (one: unknown, other: unknown) => this.withoutMemory(() => this.differences(one, other, at).length === 0);
    const lost = this.readsNew() && before.some((one) => !after.some((other) => matches(one, other)));
    const added = this.readsOld() && after.some((other) => !before.some((one) => matches(one, other)));
    if (lost) return [{ at, problem: 'an alternative was removed' }];
    return added ? [{ at, problem: 'an alternative was added' }] : [];
  }

  /** What was compared in an attempt says nothing about what is compared elsewhere. */
  private withoutMemory(attempt: () => boolean): boolean {
    const remembered = new Set(this.compared);
    const result = attempt();
    this.compared.clear();
    for (const pair of remembered) this.compared.add(pair);
    return result;
  }
}

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null;

/** Follows references inside a document. */
export function resolved(document: object, schema: unknown): Schema {
  const { $ref } = isSchema(schema) ? (schema as { readonly $ref?: string }) : {};
  if ($ref === undefined) return isSchema(schema) ? schema : {};
  const steps = $ref.slice('#/'.length).split('/');
  return resolved(
    document,
    steps.reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], document),
  );
}

const typesOf = ({ type = [] }: Schema): readonly string[] => [type].flat() as string[];
const valuesOf = ({ enum: values, const: value }: Schema): readonly unknown[] | undefined =>
  (values as unknown[] | undefined) ?? (value === undefined ? undefined : [value]);
const propertiesOf = ({ properties = {} }: Schema) => properties as Record<string, unknown>;
const requiredOf = ({ required = [] }: Schema) => required as readonly string[];
const variantsOf = ({ anyOf = [], oneOf = [] }: Schema): readonly unknown[] => [anyOf, oneOf].flat();
