/** JSON on the wire. A matcher stands for a value of which only the kind matters. */
export type Json = string | number | boolean | null | AnyValue | readonly Json[] | JsonObject;
export type JsonObject = { readonly [name: string]: Json };

/**
 * A value of which only the kind matters: its sample is sent where the message is played, and its rule is checked where
 * the message is verified. It implements the methods that vitest's assertions look for, so an expected body can be
 * compared as it is.
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

/** A JSON number used as an id or a count. */
export const anyNumber = (sample: number) => new AnyValue(sample, 'integer', Number.isInteger);

/** An int64 in ProtoJSON: a number as a string. */
export const anyNumberText = (sample: number) => new AnyValue(String(sample), 'integer as a string', matches(/^\d+$/));

export const anyText = (sample: string) => new AnyValue(sample, 'non-empty string', (value) => typeof value === 'string' && value !== '');

/** A time in REST: ISO 8601 without a zone. */
export const anyLocalTime = (sample: string) =>
  new AnyValue(sample, 'time without a zone', matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$/));

/** A time in ProtoJSON. */
export const anyTime = (sample: string) => new AnyValue(sample, 'time', matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/));

/** The JSON to send where the message is played. */
export function sampleOf(json: Json): unknown {
  if (json instanceof AnyValue) return json.sample;
  if (Array.isArray(json)) return json.map((each) => sampleOf(each as Json));
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, sampleOf(value)]));
}
