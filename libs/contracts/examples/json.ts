/** JSON as it goes over the wire. Where only the kind of a value matters there is a matcher instead. */
export type Json = string | number | boolean | null | AnyValue | readonly Json[] | JsonObject;
export type JsonObject = { readonly [name: string]: Json };

/**
 * A value that only has to be of a kind: it has an example, which is sent where the message is played, and a rule, which
 * is checked where it is verified. The methods are those that the assertions of vitest look for, so that an expected body
 * is compared as it stands.
 */
export class AnyValue {
  readonly $$typeof = Symbol.for('jest.asymmetricMatcher');

  constructor(
    readonly sample: string | number,
    private readonly kind: string,
    private readonly isOne: (value: unknown) => boolean,
  ) {}

  asymmetricMatch(value: unknown): boolean {
    return this.isOne(value);
  }

  toString(): string {
    return `any ${this.kind}`;
  }

  toAsymmetricMatcher(): string {
    return this.toString();
  }
}

const matches = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value);

/** A JSON number that is an id or a count. */
export const anyNumber = (sample: number) => new AnyValue(sample, 'whole number', Number.isInteger);

/** An int64 of ProtoJSON: a number as text. */
export const anyNumberText = (sample: number) => new AnyValue(String(sample), 'whole number as text', matches(/^\d+$/));

export const anyText = (sample: string) =>
  new AnyValue(sample, 'text that is not empty', (value) => typeof value === 'string' && value !== '');

/** A time of REST: ISO 8601 without a zone. */
export const anyLocalTime = (sample: string) =>
  new AnyValue(sample, 'time without a zone', matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$/));

/** A time of ProtoJSON. */
export const anyTime = (sample: string) => new AnyValue(sample, 'time', matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/));

/** What is sent where the message is played. */
export function sampleOf(json: Json): unknown {
  if (json instanceof AnyValue) return json.sample;
  if (Array.isArray(json)) return json.map((each) => sampleOf(each as Json));
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, sampleOf(value)]));
}
