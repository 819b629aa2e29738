/** A value as a service's JSON contains it. */
export type Wire<Value> = Value extends Date
  ? string
  : Value extends ReadonlyArray<infer Element>
    ? ReadonlyArray<Wire<Element>>
    : Value extends Buffer
      ? string
      : Value extends object
        ? { readonly [Name in keyof Value]: Wire<Value[Name]> }
        : Value;

type Parsed<Body, Name extends keyof Body> = Omit<Body, Name> & {
  readonly [Each in Name]: undefined extends Body[Each] ? Date | undefined : Date;
};

/** Parses the times of a body with these names. */
export function withDates<Body extends object, Name extends keyof Body>(body: Body, ...names: readonly Name[]): Parsed<Body, Name> {
  const times = names.flatMap((name) => (body[name] === undefined ? [] : [[name, new Date(body[name] as string)]]));
  return { ...body, ...Object.fromEntries(times) } as Parsed<Body, Name>;
}

/** A query string; undefined values are omitted, and each value of a list is a parameter of its own. */
export function queryOf(parameters: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    for (const each of [value].flat()) query.append(name, String(each));
  }
  return query.toString();
}
